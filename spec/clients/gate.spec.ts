import { beforeEach, describe, expect, test } from 'bun:test'
import { type Failure, Gate, type Pass } from '../../src/clients/gate.ts'
import { TrustError } from '../../src/trust/errors.ts'
import { describeDenial } from '../trust/outcome.ts'
import { FakeClock, settle } from './fake-clock.ts'

const forever = () => new AbortController().signal
const refused: Failure = {
  error: new TrustError('UNAVAILABLE_NETWORK', 'connection refused'),
  retry: true,
}

let clock: FakeClock
let gate: Gate
/** Who was let in, in order. */
let passes: Pass[]
let denials: string[]

beforeEach(() => {
  clock = new FakeClock()
  gate = new Gate(clock)
  passes = []
  denials = []
})

/** Asks for so many passes, and tells who has got one since. */
async function ask(count: number, signal = forever()): Promise<number> {
  const before = passes.length
  for (let index = 0; index < count; index++) {
    gate.enter(signal).then(
      (pass) => passes.push(pass),
      (error) => denials.push(describeDenial(error)),
    )
  }
  await settle()
  return passes.length - before
}

const last = () => passes.at(-1) ?? expect.unreachable()

/** Begins an outage: one request was let in and failed. */
async function breakDown(failure = refused): Promise<void> {
  await ask(1)
  last().failed(failure)
}

describe('while a server answers', () => {
  test('all requests pass', async () => {
    expect(await ask(50)).toBe(50)
    expect(gate.lastFailure()).toBeUndefined()
  })
})

describe('while a server is broken', () => {
  test('one request at a time is sent, with pauses that double up to a second', async () => {
    await breakDown()
    expect(await ask(100)).toBe(0)
    for (const pauseMs of [100, 200, 400, 800, 1000, 1000]) {
      await clock.advance(pauseMs - 1)
      const before = passes.length
      await clock.advance(1)
      expect(passes.length).toBe(before + 1)
      await clock.advance(10_000)
      expect(passes.length).toBe(before + 1)
      last().failed(refused)
    }
  })

  test('a request that comes after the pause is the probe itself', async () => {
    await breakDown()
    await clock.advance(100)
    expect(await ask(3)).toBe(1)
  })

  test('who waits goes on at once, and together, when a probe is answered', async () => {
    await breakDown()
    await ask(100)
    await clock.advance(100)
    expect(passes.length).toBe(2)
    last().succeeded()
    await settle()
    expect(passes.length).toBe(101)
    expect(gate.lastFailure()).toBeUndefined()
    expect(await ask(5)).toBe(5)
  })

  test('an answer to a request from before ends the outage too', async () => {
    await ask(2)
    passes[0]?.failed(refused)
    await ask(3)
    passes[1]?.succeeded()
    await settle()
    expect(passes.length).toBe(5)
  })

  test('requests that were under way when it broke do not make the pauses longer', async () => {
    await ask(20)
    for (const pass of passes.slice()) pass.failed(refused)
    await ask(1)
    await clock.advance(100)
    expect(passes.length).toBe(21)
  })

  test('the pause is as long as the server asks for', async () => {
    await breakDown({ ...refused, retryAfterMs: 5000 })
    await ask(1)
    await clock.advance(4999)
    expect(passes.length).toBe(1)
    await clock.advance(1)
    expect(passes.length).toBe(2)
  })

  test('who is out of time leaves with what failed last, and how often', async () => {
    await breakDown()
    await ask(1)
    const leaving = new AbortController()
    await ask(1, leaving.signal)
    await clock.advance(100)
    last().failed(refused)
    leaving.abort()
    await settle()
    expect(denials).toEqual(['UNAVAILABLE_NETWORK: connection refused (2 attempts)'])
    await ask(1, AbortSignal.abort())
    expect(denials.length).toBe(2)
  })

  test('a thousand wait, and more fail at once', async () => {
    await breakDown()
    await ask(1000)
    expect(denials).toEqual([])
    await ask(2)
    expect(denials).toEqual(Array(2).fill('UNAVAILABLE_NETWORK: connection refused'))
  })

  test('a failure that another attempt cannot change fails all who wait', async () => {
    await breakDown()
    await ask(3)
    await clock.advance(100)
    last().failed({ error: new TrustError('UNAVAILABLE_TLS', 'wrong host'), retry: false })
    await settle()
    expect(denials).toEqual(Array(2).fill('UNAVAILABLE_TLS: wrong host (2 attempts)'))
  })

  test('a probe whose caller left gives way to the next one at once', async () => {
    await breakDown()
    await ask(2)
    await clock.advance(100)
    last().left()
    await clock.advance(0)
    expect(passes.length).toBe(3)
  })

  test('a probe whose caller left after a silence failed, and what is known better stays', async () => {
    await breakDown()
    await ask(2)
    await clock.advance(100)
    last().left(new TrustError('UNAVAILABLE_TIMEOUT', 'no answer'))
    expect(gate.lastFailure()?.message).toBe('connection refused (2 attempts)')
    await clock.advance(199)
    expect(passes.length).toBe(2)
    await clock.advance(1)
    expect(passes.length).toBe(3)
  })
})

test('a caller who left after a silence begins an outage, one who left before does not', async () => {
  await ask(2)
  passes[0]?.left()
  expect(gate.lastFailure()).toBeUndefined()
  passes[1]?.left(new TrustError('UNAVAILABLE_TIMEOUT', 'no answer'))
  expect(gate.lastFailure()?.message).toBe('no answer')
})
