import { describe, expect, test } from 'bun:test'
import { Slot } from '../../src/runtime/slot.ts'

class Value {
  disposed = 0
  failure: Error | undefined
  async dispose(): Promise<void> {
    this.disposed++
    if (this.failure) throw this.failure
  }
}

function setUp() {
  const [first, second] = [new Value(), new Value()]
  const failures: unknown[] = []
  const slot = new Slot(first, (error) => failures.push(error))
  /** Borrows until the caller resolves. */
  const borrow = () => {
    const end = Promise.withResolvers<void>()
    const borrowed = Promise.withResolvers<Value>()
    const done = slot.use(async (value) => {
      borrowed.resolve(value)
      await end.promise
    })
    return { end, done, value: borrowed.promise }
  }
  return { first, second, slot, borrow, failures }
}

describe('a slot', () => {
  test('lends the new value to whoever comes after a swap, and the old one to whoever was there', async () => {
    const { first, second, slot, borrow } = setUp()
    const before = borrow()
    slot.replace(second)
    const after = borrow()
    expect(await before.value).toBe(first)
    expect(await after.value).toBe(second)
    expect(slot.current).toBe(second)
  })

  test('disposes of the old value once, when the last who has it is done', async () => {
    const { first, second, slot, borrow } = setUp()
    const [one, other] = [borrow(), borrow()]
    slot.replace(second)
    one.end.resolve()
    await one.done
    expect(first.disposed).toBe(0)
    other.end.resolve()
    await other.done
    expect(first.disposed).toBe(1)
    expect(second.disposed).toBe(0)
  })

  test('disposes at once of an old value that nobody has', () => {
    const { first, second, slot } = setUp()
    slot.replace(second)
    expect(first.disposed).toBe(1)
  })

  test('takes a value back from work that fails', async () => {
    const { first, second, slot } = setUp()
    const work = Promise.withResolvers<void>()
    const done = slot.use(() => work.promise)
    slot.replace(second)
    work.reject(new Error('broken'))
    await expect(done).rejects.toThrow('broken')
    expect(first.disposed).toBe(1)
  })

  test('tells of a value that cannot be disposed of, and lives on', async () => {
    const { first, second, slot, failures } = setUp()
    first.failure = new Error('stuck')
    slot.replace(second)
    await Bun.sleep(0)
    expect(failures).toEqual([first.failure])
    expect(await slot.use(async (value) => value)).toBe(second)
  })
})
