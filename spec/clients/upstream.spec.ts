import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { NotaryClient } from '../../src/clients/notary.ts'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import type { Fault } from '../support/notary/fault.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { FakeClock } from './fake-clock.ts'
import { BYTES, failureOf, GUN, MAX_BYTES, startServer } from './fixture.ts'

let notary: EmbeddedNotary
let client: NotaryClient

beforeEach(() => {
  notary = startServer()
  client = new NotaryClient({ host: notary.url })
})
afterEach(() => notary.stop())

const forever = () => new AbortController().signal
const fetchWithin = (signal: AbortSignal) =>
  client.fetchNewest(GUN, 'root', { maxBytes: MAX_BYTES, signal })

/** Waits until the server was asked so many times. */
async function untilAsked(count: number): Promise<void> {
  while (notary.requests.length < count) await Bun.sleep(1)
}

describe('a failure that may pass is tried again until it has', () => {
  test.each<Fault>([
    { kind: 'status', status: 408 },
    { kind: 'status', status: 429 },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 502 },
    { kind: 'status', status: 503 },
    { kind: 'truncated' },
    { kind: 'reset' },
  ])('%j', async (fault) => {
    notary.faults.set('*', fault)
    const fetched = fetchWithin(forever())
    await untilAsked(2)
    notary.faults.clear()
    expect(await fetched).toEqual(BYTES)
  })

  test('a server that refuses connections', async () => {
    notary.stop()
    const fetched = fetchWithin(forever())
    while (client.lastFailure() === undefined) await Bun.sleep(1)
    notary.start()
    expect(await fetched).toEqual(BYTES)
  })
})

describe('a failure that stays is not tried again', () => {
  test.each<[Fault, string]>([
    [{ kind: 'endless' }, 'UNAVAILABLE_BODY'],
    [{ kind: 'huge' }, 'UNAVAILABLE_BODY'],
    [{ kind: 'gzip-bomb', inflatedBytes: 1000 }, 'UNAVAILABLE_BODY'],
    [{ kind: 'status', status: 301 }, 'UNAVAILABLE_STATUS'],
    [{ kind: 'status', status: 400 }, 'UNAVAILABLE_STATUS'],
    [{ kind: 'status', status: 403 }, 'MISCONFIGURED_CREDENTIALS'],
  ])('%j', async (fault, code) => {
    notary.faults.set('*', fault)
    expect((await failureOf(fetchWithin(forever())))[0]).toBe(code)
    expect(notary.requests.length).toBe(1)
    expect(client.lastFailure()).toBeUndefined()
  })

  test('TLS that fails', async () => {
    const stranger = await issueServerCertificate(await createCertificateAuthority())
    const other = startNotary({ tls: stranger })
    client = new NotaryClient({ host: other.url })
    expect((await failureOf(fetchWithin(forever())))[0]).toBe('UNAVAILABLE_TLS')
    other.stop()
  })
})

describe('at the deadline the failure says what happened', () => {
  test('with Retry-After', async () => {
    notary.faults.set('*', { kind: 'status', status: 429, headers: { 'Retry-After': '30' } })
    const deadline = new AbortController()
    const failure = failureOf(fetchWithin(deadline.signal))
    await untilAsked(1)
    while (client.lastFailure() === undefined) await Bun.sleep(1)
    deadline.abort()
    expect(await failure).toEqual([
      'UNAVAILABLE_STATUS',
      `${notary.host} answers with HTTP 429 (Retry-After 30 s)`,
    ])
    expect(notary.requests.length).toBe(1)
  })

  test('after several attempts', async () => {
    notary.faults.set('*', { kind: 'status', status: 503 })
    const deadline = new AbortController()
    const failure = failureOf(fetchWithin(deadline.signal))
    await untilAsked(3)
    deadline.abort()
    const [code, message] = await failure
    expect(code).toBe('UNAVAILABLE_STATUS')
    expect(message).toMatch(/answers with HTTP 503 \([23] attempts\)$/)
  })

  test('when nothing was ever answered', async () => {
    notary.faults.set('*', { kind: 'silent' })
    expect(await failureOf(fetchWithin(AbortSignal.timeout(50)))).toEqual([
      'UNAVAILABLE_TIMEOUT',
      `${notary.host} did not answer in time`,
    ])
    expect(client.lastFailure()).toBeUndefined()
  })
})

describe('many requests during an outage', () => {
  test('are one probe at a time at the server, and all go on when it recovers', async () => {
    notary.faults.set('*', { kind: 'status', status: 503 })
    const first = fetchWithin(forever())
    await untilAsked(1)
    while (client.lastFailure() === undefined) await Bun.sleep(1)
    const others = Array.from({ length: 200 }, () => fetchWithin(forever()))
    await untilAsked(4)
    expect(notary.requests.length).toBe(4)
    notary.faults.clear()
    const answers = (await Promise.all([first, ...others])).map(String)
    expect(new Set(answers)).toEqual(new Set([BYTES.toString()]))
    expect(client.lastFailure()).toBeUndefined()
  })

  test('a server that hangs is asked again after the time of one attempt', async () => {
    notary.faults.set('*', { kind: 'silent' })
    const clock = new FakeClock()
    client = new NotaryClient({ host: notary.url, clock })
    const fetched = fetchWithin(forever())
    await untilAsked(1)
    notary.faults.clear()
    // 3 s, and 10 ms for each KB that may come.
    await clock.advance(3999)
    expect(client.lastFailure()).toBeUndefined()
    await clock.advance(1)
    while (client.lastFailure() === undefined) await Bun.sleep(1)
    await clock.advance(100)
    expect(await fetched).toEqual(BYTES)
    expect(notary.requests.length).toBe(2)
  })
})

test('requests share a connection that is kept alive', async () => {
  const ports = new Set<number>()
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      ports.add(server.requestIP(request)?.port ?? 0)
      return new Response(BYTES)
    },
  })
  const keptAlive = new NotaryClient({ host: `http://127.0.0.1:${server.port}` })
  for (let index = 0; index < 20; index++) {
    const limits = { maxBytes: MAX_BYTES, signal: forever() }
    await keptAlive.fetchNewest(GUN, index % 2 === 0 ? 'root' : 'timestamp', limits)
  }
  await server.stop(true)
  expect(ports.size).toBe(1)
})

describe('the health of a server', () => {
  test('is good when it says so', async () => {
    await client.checkHealth(forever())
    expect(notary.requests.map(({ path }) => path)).toEqual(['/_notary_server/health'])
  })

  test('is bad when it is gone, and is asked once', async () => {
    notary.stop()
    expect((await failureOf(client.checkHealth(forever())))[0]).toBe('UNAVAILABLE_NETWORK')
    const other = startNotary()
    other.faults.set('*', { kind: 'status', status: 503 })
    const sick = new NotaryClient({ host: other.url })
    expect(await failureOf(sick.checkHealth(forever()))).toEqual([
      'UNAVAILABLE_STATUS',
      `${other.host} answers with HTTP 503`,
    ])
    expect(other.requests.length).toBe(1)
    other.stop()
  })
})
