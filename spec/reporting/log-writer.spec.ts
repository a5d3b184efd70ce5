import { describe, expect, test } from 'bun:test'
import { LogWriter, type Write } from '../../src/reporting/log-writer.ts'

const FLUSH_MS = 2000
const LINE = `${'x'.repeat(1023)}\n`

/** Collects what is written, each time once `next` has let it pass. */
function collect(next: () => Promise<unknown> = async () => undefined) {
  const texts: string[] = []
  const write: Write = async (text) => {
    await next()
    texts.push(text)
  }
  return { texts, writer: new LogWriter(write), text: () => texts.join('') }
}

function droppedIn(text: string): readonly unknown[] {
  return text
    .split('\n')
    .filter((line) => line.includes('dropped'))
    .map((line) => JSON.parse(line).lines)
}

describe('lines', () => {
  test('are written in their order, whole', async () => {
    const { writer, text } = collect()
    for (const line of ['a\n', 'b\n', 'c\n']) writer.append(line)
    await writer.flush(FLUSH_MS)
    expect(text()).toBe('a\nb\nc\n')
  })

  test('that come while others are written are written next', async () => {
    const { writer, text } = collect()
    writer.append('a\n')
    await writer.flush(FLUSH_MS)
    writer.append('b\n')
    await writer.flush(FLUSH_MS)
    expect(text()).toBe('a\nb\n')
  })

  test('that nobody took are nothing to wait for', async () => {
    const { writer, text } = collect()
    await writer.flush(FLUSH_MS)
    expect(text()).toBe('')
  })
})

describe('a reader that does not read', () => {
  test('costs the lines beyond a bound, which are counted', async () => {
    const reading = Promise.withResolvers<void>()
    const { writer, text } = collect(() => reading.promise)
    const taken = 20_000
    for (let line = 0; line < taken; line++) writer.append(LINE)
    reading.resolve()
    await writer.flush(FLUSH_MS)
    const written = text().split(LINE).length - 1
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThan(taken)
    expect(droppedIn(text())).toEqual([taken - written])
  })

  test('does not keep the program from ending', async () => {
    const { writer } = collect(() => new Promise(() => {}))
    writer.append(LINE)
    await writer.flush(50)
    expect(() => writer.append(LINE)).not.toThrow()
  })
})

describe('a reader that fails', () => {
  test.each<[string, Write]>([
    ['rejects', () => Promise.reject(new Error('EPIPE'))],
    [
      'throws',
      () => {
        throw new Error('EPIPE')
      },
    ],
  ])('and %s costs lines, never more', async (_, write) => {
    const writer = new LogWriter(write)
    writer.append(LINE)
    await writer.flush(FLUSH_MS)
    expect(() => writer.append(LINE)).not.toThrow()
    await writer.flush(FLUSH_MS)
  })

  test('and is well again gets the number of lines that it missed', async () => {
    let failures = 2
    const { writer, text } = collect(async () => {
      failures -= 1
      if (failures >= 0) throw new Error('EAGAIN')
    })
    for (const line of ['a\n', 'b\n']) writer.append(line)
    await writer.flush(FLUSH_MS)
    writer.append('c\n')
    await writer.flush(FLUSH_MS)
    writer.append('d\n')
    await writer.flush(FLUSH_MS)
    expect(text()).toStartWith('d\n')
    expect(droppedIn(text())).toEqual([3])
  })
})
