import { describe, expect, test } from 'bun:test'
import { createHealthCheck, type HealthCheckOptions } from '../../src/server/health-check.ts'

const NAME = 'validator default'

/** A condition over a check that the spec answers, and a clock that the spec turns. */
function setUp(options: Partial<HealthCheckOptions> = {}) {
  const asked: { readonly signal: AbortSignal; readonly answer: PromiseWithResolvers<void> }[] = []
  const clock = { nowMs: 1000 }
  const ask = createHealthCheck({
    name: NAME,
    check: (signal) => {
      const answer = Promise.withResolvers<void>()
      asked.push({ signal, answer })
      return answer.promise
    },
    explain: (error) => `explained: ${error instanceof Error ? error.message : error}`,
    timeoutMs: 60_000,
    now: () => clock.nowMs,
    random: () => 0.5,
    ...options,
  })
  return { ask, asked, clock }
}

describe('a health check', () => {
  test('is a condition that holds when the server answers well', async () => {
    const { ask, asked } = setUp()
    const condition = ask()
    asked[0]?.answer.resolve()
    expect(await condition).toEqual({ name: NAME, ok: true })
  })

  test('is a condition that fails with the reason in words', async () => {
    const { ask, asked } = setUp()
    const condition = ask()
    asked[0]?.answer.reject(new Error('refused'))
    expect(await condition).toEqual({ name: NAME, ok: false, reason: 'explained: refused' })
  })

  test('fails too when the check throws before it asks', async () => {
    const check = () => {
      throw new Error('at once')
    }
    expect(await setUp({ check }).ask()).toMatchObject({ reason: 'explained: at once' })
  })

  test('is shared by those who ask at the same time', async () => {
    const { ask, asked, clock } = setUp()
    const first = ask()
    clock.nowMs += 1_000_000
    const second = ask()
    asked[0]?.answer.resolve()
    const holds = { name: NAME, ok: true }
    expect(await Promise.all([first, second])).toEqual([holds, holds])
    expect(asked).toHaveLength(1)
  })

  test('is shared as well while a result is refreshed', async () => {
    const { ask, asked, clock } = setUp()
    const first = ask()
    asked[0]?.answer.resolve()
    await first
    clock.nowMs += 10_000
    const refreshed = [ask(), ask()]
    expect(asked).toHaveLength(2)
    asked[1]?.answer.resolve()
    await Promise.all(refreshed)
  })

  test.each([
    ['good', (answer: PromiseWithResolvers<void>) => answer.resolve(), true],
    ['bad', (answer: PromiseWithResolvers<void>) => answer.reject(new Error('x')), false],
  ])('with a %s answer is not asked again for 5 s, counted from the answer', async (_, end, ok) => {
    const { ask, asked, clock } = setUp()
    const first = ask()
    clock.nowMs = 3000
    for (const { answer } of asked) end(answer)
    await first
    clock.nowMs = 7999
    expect(await ask()).toMatchObject({ ok })
    expect(asked).toHaveLength(1)
    clock.nowMs = 8000
    const again = ask()
    expect(asked).toHaveLength(2)
    asked[1]?.answer.resolve()
    expect(await again).toEqual({ name: NAME, ok: true })
  })

  test.each([
    [0, 4000],
    [0.999, 5998],
  ])('is jittered by a fifth: random %p', async (value, ttlMs) => {
    const { ask, asked, clock } = setUp({ random: () => value })
    const first = ask()
    asked[0]?.answer.resolve()
    await first
    clock.nowMs = 1000 + ttlMs - 2
    await ask()
    expect(asked).toHaveLength(1)
    clock.nowMs = 1000 + ttlMs
    void ask()
    expect(asked).toHaveLength(2)
  })

  test('that gets no answer in time fails, and gives the check up', async () => {
    const { ask, asked } = setUp({ timeoutMs: 20 })
    expect(await ask()).toEqual({
      name: NAME,
      ok: false,
      reason: 'it did not answer within 20 ms',
    })
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  test('whose explanation fails rejects, and is asked again later', async () => {
    const explain = () => {
      throw new Error('no words')
    }
    const { ask, asked, clock } = setUp({ explain })
    const first = ask()
    asked[0]?.answer.reject(new Error('x'))
    await expect(first).rejects.toThrow('no words')
    clock.nowMs += 10_000
    const again = ask()
    asked[1]?.answer.resolve()
    expect(await again).toEqual({ name: NAME, ok: true })
  })
})
