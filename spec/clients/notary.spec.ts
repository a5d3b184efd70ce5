import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { NotaryClient } from '../../src/clients/notary.ts'
import type { Fault } from '../support/notary/fault.ts'
import type { EmbeddedNotary } from '../support/notary/server.ts'
import { BYTES, failureOf, fetchRoot, GUN, MAX_BYTES, startServer } from './fixture.ts'

let notary: EmbeddedNotary

beforeEach(() => {
  notary = startServer()
})

afterEach(() => notary.stop())

const fetchWith = (fault: Fault, signal?: AbortSignal) => {
  notary.faults.set('*', fault)
  return fetchRoot({ host: notary.url }, signal)
}

describe('the newest file of a role', () => {
  test('is fetched from where Notary has it', async () => {
    expect(await fetchRoot({ host: notary.url })).toEqual(BYTES)
    expect(notary.requests).toMatchObject([
      { method: 'GET', path: `/v2/${GUN}/_trust/tuf/root.json` },
    ])
  })

  test('is fetched below the path prefix of the server', async () => {
    await fetchRoot({ host: `${notary.url}/notary` })
    expect(notary.requests[0]?.path).toBe(`/notary/v2/${GUN}/_trust/tuf/root.json`)
  })

  test('is nothing where the server has none (404)', async () => {
    const limits = { maxBytes: MAX_BYTES, signal: new AbortController().signal }
    const client = new NotaryClient({ host: notary.url })
    expect(await client.fetchNewest('registry.example/none', 'root', limits)).toBeUndefined()
  })

  test('counts whatever its content type, since Notary itself guesses it', async () => {
    expect(await fetchWith({ kind: 'content-type', contentType: 'text/html' })).toEqual(BYTES)
  })
})

test('the file of a hash is fetched by its hash, also of a delegation', async () => {
  const hex = 'a'.repeat(64)
  const limits = { maxBytes: MAX_BYTES, signal: new AbortController().signal }
  await new NotaryClient({ host: notary.url }).fetchByHash(GUN, 'targets/releases', hex, limits)
  expect(notary.requests[0]?.path).toBe(`/v2/${GUN}/_trust/tuf/targets/releases.${hex}.json`)
})

describe('hole 9: an outage counted as "unsigned"', () => {
  test.each([204, 206, 301, 302, 304, 400, 408, 410, 429, 500, 502, 503])(
    'HTTP %p is UNAVAILABLE_STATUS',
    async (status) => {
      const [code, message] = await failureOf(fetchWith({ kind: 'status', status }))
      expect(code).toBe('UNAVAILABLE_STATUS')
      expect(message).toStartWith(`${notary.host} answers with HTTP ${status}`)
    },
  )

  test.each([
    [401, 'asks for credentials without saying how it wants to be asked'],
    [403, `does not let anybody without credentials read the trust data of ${GUN} (HTTP 403)`],
  ])('HTTP %p is MISCONFIGURED_CREDENTIALS', async (status, why) => {
    expect(await failureOf(fetchWith({ kind: 'status', status }))).toEqual([
      'MISCONFIGURED_CREDENTIALS',
      `${notary.host} ${why}`,
    ])
  })

  test.each([{ kind: 'truncated' }, { kind: 'reset' }] as const)(
    'a body that is cut short ($kind) is UNAVAILABLE_NETWORK',
    async (fault) => {
      const [code, message] = await failureOf(fetchWith(fault))
      expect(code).toBe('UNAVAILABLE_NETWORK')
      expect(message).toStartWith(
        `${notary.host} cannot be reached: connection closed by the server`,
      )
    },
  )

  test('a server that is gone is UNAVAILABLE_NETWORK', async () => {
    notary.stop()
    const [code, message] = await failureOf(fetchRoot({ host: notary.url }))
    expect(code).toBe('UNAVAILABLE_NETWORK')
    expect(message).toStartWith(`${notary.host} cannot be reached: connection refused`)
  })

  test('a host that does not exist is UNAVAILABLE_NETWORK', async () => {
    const [code] = await failureOf(fetchRoot({ host: 'https://nowhere.invalid' }))
    expect(code).toBe('UNAVAILABLE_NETWORK')
  })

  test.each<Fault>([{ kind: 'silent' }, { kind: 'slow', bytesPerSecond: 1 }])(
    'a server that is too slow ($kind) is UNAVAILABLE_TIMEOUT at the deadline',
    async (fault) => {
      const deadline = new AbortController()
      const fetched = failureOf(fetchWith(fault, deadline.signal))
      while (notary.requests.length === 0) await Bun.sleep(1)
      deadline.abort()
      expect(await fetched).toEqual([
        'UNAVAILABLE_TIMEOUT',
        `${notary.host} did not answer in time`,
      ])
    },
  )

  test('a deadline that passed before is UNAVAILABLE_TIMEOUT, and nothing is asked', async () => {
    const [code] = await failureOf(fetchRoot({ host: notary.url }, AbortSignal.abort()))
    expect(code).toBe('UNAVAILABLE_TIMEOUT')
    expect(notary.requests).toEqual([])
  })

  test('the same server is asked again once it is well', async () => {
    await failureOf(fetchWith({ kind: 'reset' }))
    notary.faults.clear()
    expect(await fetchRoot({ host: notary.url })).toEqual(BYTES)
  })
})

test('hole 7: a redirect is not followed, the other host hears nothing', async () => {
  const other = startServer()
  try {
    const [code] = await failureOf(fetchWith({ kind: 'redirect', to: other.url }))
    expect(code).toBe('UNAVAILABLE_STATUS')
    expect(other.requests).toEqual([])
  } finally {
    other.stop()
  }
})

describe('hole 12: a message names the host, never path, query or user', () => {
  test.each<Fault>([
    { kind: 'status', status: 500 },
    { kind: 'status', status: 401 },
    { kind: 'huge' },
    { kind: 'gzip-bomb', inflatedBytes: 1000 },
    { kind: 'redirect', to: 'http://127.0.0.1:1/?token=s3cret' },
  ])('at $kind', async (fault) => {
    notary.faults.set('*', fault)
    const host = `${notary.url}/s3cret-path`.replace('://', '://user:s3cret@')
    const [, message] = await failureOf(fetchRoot({ host }))
    expect(message).toStartWith(notary.host)
    expect(message).not.toMatch(/s3cret|user|_trust|http:/)
  })

  test('nor when nobody listens', async () => {
    notary.stop()
    const host = `${notary.url}/s3cret-path`.replace('://', '://user:s3cret@')
    const [, message] = await failureOf(fetchRoot({ host }))
    expect(message).toStartWith(notary.host)
    expect(message).not.toMatch(/s3cret|user|_trust|http:/)
  })
})
