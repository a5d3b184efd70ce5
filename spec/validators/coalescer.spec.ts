import { describe, expect, test } from 'bun:test'
import { Coalescer } from '../../src/validators/coalescer.ts'

/** Work that ends when it is told to, and the signals it was given. */
function createWork() {
  const runs: { readonly signal: AbortSignal; readonly end: (result: string) => void }[] = []
  const work = (signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    runs.push({ signal, end: resolve })
    signal.addEventListener('abort', () => reject(new Error('the work was stopped')))
    return promise
  }
  const end = (index: number, result: string) => runs[index]?.end(result)
  return { runs, work, end }
}

const forever = () => new AbortController().signal
/** Until what is ready has run. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve))

describe('callers who ask for the same', () => {
  test('at the same moment share a run', async () => {
    const looks = new Coalescer<string>()
    const { runs, work, end } = createWork()
    const answers = [1, 2, 3].map(() => looks.join('a', work, forever()))
    await settle()
    expect(runs.length).toBe(1)
    end(0, 'one')
    expect(await Promise.all(answers)).toEqual(['one', 'one', 'one'])
  })

  test('while it runs share the next run, so that no answer is older than its question', async () => {
    const looks = new Coalescer<string>()
    const { runs, work, end } = createWork()
    const first = looks.join('a', work, forever())
    await settle()
    const later = [1, 2].map(() => looks.join('a', work, forever()))
    await settle()
    expect(runs.length).toBe(1)
    end(0, 'one')
    await settle()
    expect(runs.length).toBe(2)
    end(1, 'two')
    expect([await first, ...(await Promise.all(later))]).toEqual(['one', 'two', 'two'])
  })

  test('after it ended get a run of their own', async () => {
    const looks = new Coalescer<string>()
    const { runs, work, end } = createWork()
    for (const [index, result] of ['one', 'two'].entries()) {
      const answer = looks.join('a', work, forever())
      await settle()
      end(index, result)
      expect(await answer).toBe(result)
    }
    expect(runs.length).toBe(2)
  })

  test('hear all of a failure, and the next ones try again', async () => {
    const looks = new Coalescer<string>()
    const failing = () => Promise.reject(new Error('refused'))
    const answers = await Promise.allSettled([1, 2].map(() => looks.join('a', failing, forever())))
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await looks.join('a', async () => 'again', forever())).toBe('again')
  })

  test('under other keys do not wait for each other', async () => {
    const looks = new Coalescer<string>()
    const { work } = createWork()
    looks.join('a', work, forever()).catch(() => {})
    expect(await looks.join('b', async () => 'b', forever())).toBe('b')
  })
})

describe('a caller who gives up', () => {
  test('hears it at once, and cancels nothing for the others', async () => {
    const looks = new Coalescer<string>()
    const { runs, work, end } = createWork()
    const leaving = new AbortController()
    const left = looks.join('a', work, leaving.signal)
    const stays = looks.join('a', work, forever())
    await settle()
    leaving.abort(new Error('out of time'))
    await expect(left).rejects.toThrow('out of time')
    expect(runs[0]?.signal.aborted).toBe(false)
    end(0, 'one')
    expect(await stays).toBe('one')
  })

  test('stops the work when nobody else waits, and hears what it has to say', async () => {
    const looks = new Coalescer<string>()
    const { runs, work } = createWork()
    const leaving = new AbortController()
    const left = looks.join('a', work, leaving.signal)
    await settle()
    leaving.abort(new Error('out of time'))
    await expect(left).rejects.toThrow('the work was stopped')
    expect(runs[0]?.signal.aborted).toBe(true)
  })

  test('before the next run began leaves it to those who come after', async () => {
    const looks = new Coalescer<string>()
    const { runs, work, end } = createWork()
    const first = looks.join('a', work, forever())
    await settle()
    const leaving = new AbortController()
    const left = looks.join('a', work, leaving.signal)
    leaving.abort(new Error('out of time'))
    await expect(left).rejects.toThrow('out of time')
    const later = looks.join('a', work, forever())
    end(0, 'one')
    await settle()
    end(1, 'two')
    expect([await first, await later, runs.length]).toEqual(['one', 'two', 2])
  })

  test('before asking is not waited for', async () => {
    const looks = new Coalescer<string>()
    const { work } = createWork()
    const signal = AbortSignal.abort(new Error('out of time'))
    await expect(looks.join('a', work, signal)).rejects.toThrow('out of time')
  })
})

test('it is told whether anybody waits for a thing', async () => {
  const looks = new Coalescer<string>()
  const { work, end } = createWork()
  expect(looks.isUnderWay('a')).toBe(false)
  const answer = looks.join('a', work, forever())
  expect([looks.isUnderWay('a'), looks.isUnderWay('b')]).toEqual([true, false])
  await settle()
  expect(looks.isUnderWay('a')).toBe(true)
  end(0, 'one')
  await answer
  expect(looks.isUnderWay('a')).toBe(false)
})
