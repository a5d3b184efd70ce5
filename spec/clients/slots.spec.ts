import { describe, expect, test } from 'bun:test'
import { Slots } from '../../src/clients/slots.ts'
import { FakeClock, settle } from './fake-clock.ts'
import { failureOf } from './fixture.ts'

const forever = () => new AbortController().signal
const HOST = 'notary.example'

/** Enters so many times and returns what ends each turn, in the order in which they came. */
function enter(slots: Slots, count: number, signal = forever()) {
  const turns: (() => void)[] = []
  const waits = Array.from({ length: count }, () =>
    slots.enter(HOST, signal).then((end) => turns.push(end)),
  )
  return { turns, waits }
}

describe('requests to one server', () => {
  test('32 at a time, and the next one when one has ended, in their order', async () => {
    const slots = new Slots(new FakeClock())
    const { turns } = enter(slots, 40)
    await settle()
    expect(turns.length).toBe(32)
    turns[0]?.()
    await settle()
    expect(turns.length).toBe(33)
    for (const end of turns) end()
    await settle()
    expect(turns.length).toBe(40)
  })

  test('a turn ends once', async () => {
    const slots = new Slots(new FakeClock())
    const { turns } = enter(slots, 34)
    await settle()
    turns[0]?.()
    turns[0]?.()
    await settle()
    expect(turns.length).toBe(33)
  })

  test('one that waits too long is told so, and those behind it go on', async () => {
    const clock = new FakeClock()
    const slots = new Slots(clock)
    const { turns } = enter(slots, 32)
    const late = failureOf(slots.enter(HOST, forever()))
    await clock.advance(3999)
    const behind = slots.enter(HOST, forever())
    await clock.advance(1)
    expect(await late).toEqual([
      'UNAVAILABLE_OVERLOADED',
      'a request to notary.example waited 4000 ms and had no turn, because 32 are under way: try again later',
    ])
    turns[0]?.()
    expect(await behind).toBeFunction()
  })

  test('one whose caller leaves is told so at once', async () => {
    const slots = new Slots(new FakeClock())
    enter(slots, 32)
    const leaving = new AbortController()
    const left = failureOf(slots.enter(HOST, leaving.signal))
    leaving.abort()
    expect((await left)[0]).toBe('UNAVAILABLE_OVERLOADED')
    expect((await failureOf(slots.enter(HOST, AbortSignal.abort())))[0]).toBe(
      'UNAVAILABLE_OVERLOADED',
    )
  })

  test('so many that nobody can wait for them are refused at once', async () => {
    const slots = new Slots(new FakeClock())
    enter(slots, 32 + 4096)
    expect(await failureOf(slots.enter(HOST, forever()))).toEqual([
      'UNAVAILABLE_OVERLOADED',
      'more than 4096 requests wait for notary.example, because 32 are under way: try again later',
    ])
  })
})
