import { afterEach, beforeEach, expect, test } from 'bun:test'
import { Upstream } from '../../src/clients/upstream.ts'
import type { UpstreamCall } from '../../src/clients/upstream-call.ts'
import { FakeClock, settle } from './fake-clock.ts'
import { failureOf } from './fixture.ts'

let server: ReturnType<typeof Bun.serve>
let active: number
let most: number
let served: number
let status: number
let gate: PromiseWithResolvers<void>
beforeEach(() => {
  active = 0
  most = 0
  served = 0
  status = 200
  gate = Promise.withResolvers()
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch() {
      active++
      served++
      most = Math.max(most, active)
      await gate.promise
      active--
      return new Response('{}', { status })
    },
  })
})
afterEach(() => server.stop(true))

function createUpstream(clock = new FakeClock()) {
  const calls: UpstreamCall[] = []
  const levels = { waiting: 0, active: 0 }
  const upstream = new Upstream(() => undefined, clock, {
    ended: (call) => void calls.push(call),
    began(_, state) {
      levels[state]++
      return () => {
        levels[state]--
      }
    },
  })
  const send = (signal = new AbortController().signal) =>
    upstream.send({ url: new URL(server.url), maxBytes: 100, signal })
  return { upstream, calls, levels, send, clock }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(1)
}

test('never more than 32 requests are with a server, and all are answered', async () => {
  const { send } = createUpstream()
  const answers = Array.from({ length: 200 }, () => send())
  await until(() => active === 32)
  gate.resolve()
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
  expect([most, served]).toEqual([32, 200])
})

test('how many wait and how many are with the server can be watched, until none is', async () => {
  const { send, levels } = createUpstream()
  const answers = Array.from({ length: 50 }, () => send())
  await until(() => active === 32)
  expect(levels).toEqual({ waiting: 18, active: 32 })
  gate.resolve()
  await Promise.all(answers)
  expect(levels).toEqual({ waiting: 0, active: 0 })
})

test('those who wait for a server that is down are among those who wait', async () => {
  const { send, levels } = createUpstream()
  status = 503
  gate.resolve()
  const deadline = new AbortController()
  const answers = Array.from({ length: 10 }, () => failureOf(send(deadline.signal)))
  await until(() => served === 10 && active === 0)
  await until(() => levels.active === 0)
  expect(levels).toEqual({ waiting: 10, active: 0 })
  deadline.abort()
  await Promise.all(answers)
  expect(levels).toEqual({ waiting: 0, active: 0 })
})

test('what is shed is a code of its own, said with the host, and heard of by metrics', async () => {
  const { send, calls } = createUpstream()
  const answers = Array.from({ length: 32 }, () => send())
  await until(() => active === 32)
  const leaving = new AbortController()
  const left = failureOf(send(leaving.signal))
  await settle()
  leaving.abort()
  expect(await left).toEqual([
    'UNAVAILABLE_OVERLOADED',
    `a request to ${server.url.host} waited 0 ms and had no turn, because 32 are under way: try again later`,
  ])
  gate.resolve()
  await Promise.all(answers)
  expect(calls.filter(({ outcome }) => outcome === 'shed')).toEqual([
    { host: server.url.host, outcome: 'shed', durationMs: 0 },
  ])
})

test('those who wait for a turn hear of an outage as such, and do not add to it', async () => {
  const { send } = createUpstream()
  status = 503
  const deadline = new AbortController()
  const answers = Array.from({ length: 100 }, () => failureOf(send(deadline.signal)))
  await until(() => active === 32)
  gate.resolve()
  await until(() => active === 0)
  await Bun.sleep(20)
  expect(served).toBe(32)
  deadline.abort()
  for (const answer of answers) expect((await answer)[0]).toBe('UNAVAILABLE_STATUS')
})
