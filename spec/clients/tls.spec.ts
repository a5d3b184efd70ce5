import { afterEach, describe, expect, test } from 'bun:test'
import {
  createCertificateAuthority,
  issueServerCertificate,
  type ServerNames,
} from '../support/certificate.ts'
import type { EmbeddedNotary } from '../support/notary/server.ts'
import { BYTES, failureOf, fetchRoot, startServer } from './fixture.ts'

const authority = await createCertificateAuthority()
const stranger = await createCertificateAuthority('a stranger')
const running: EmbeddedNotary[] = []

afterEach(() => {
  for (const notary of running.splice(0)) notary.stop()
})

async function serve(names?: ServerNames): Promise<EmbeddedNotary> {
  const notary = startServer({ tls: await issueServerCertificate(authority, names) })
  running.push(notary)
  return notary
}

const year = (from: number) => ({
  notBefore: new Date(Date.UTC(from, 0)),
  notAfter: new Date(Date.UTC(from + 1, 0)),
})

describe('a server is trusted', () => {
  test('when its certificate is of the CA of the configuration', async () => {
    const { url } = await serve()
    expect(await fetchRoot({ host: url, cert: authority.cert })).toEqual(BYTES)
  })

  test('when its CA is one of several', async () => {
    const { url } = await serve()
    expect(await fetchRoot({ host: url, cert: stranger.cert + authority.cert })).toEqual(BYTES)
  })
})

describe('a server is UNAVAILABLE_TLS, and hears nothing', () => {
  test.each<[string, ServerNames, string | undefined, string]>([
    ['is of another CA', {}, stranger.cert, 'from an unknown CA; set `cert` to it'],
    ['is of a CA that the system does not know', {}, undefined, 'from an unknown CA'],
    [
      'is for another host',
      { dns: ['x.example'], ip: ['10.0.0.1'] },
      authority.cert,
      'for another',
    ],
    ['has expired', { validity: year(2001) }, authority.cert, 'has expired'],
    ['is not yet valid', { validity: year(2040) }, authority.cert, 'not yet valid'],
  ])('when its certificate %s', async (_, names, cert, words) => {
    const notary = await serve(names)
    const server = { host: notary.url, ...(cert !== undefined && { cert }) }
    const [code, message] = await failureOf(fetchRoot(server))
    expect(code).toBe('UNAVAILABLE_TLS')
    expect(message).toStartWith(`${notary.host} cannot be reached: `)
    expect(message).toContain(words)
    expect(notary.requests).toEqual([])
  })

  test('when it is trusted by another validator only, which holds a connection to it', async () => {
    const notary = await serve()
    await fetchRoot({ host: notary.url, cert: authority.cert })
    const [code] = await failureOf(fetchRoot({ host: notary.url, cert: stranger.cert }))
    expect(code).toBe('UNAVAILABLE_TLS')
    expect(notary.requests).toHaveLength(1)
  })

  test('when the environment says that certificates do not matter', async () => {
    const notary = await serve()
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      const [code] = await failureOf(fetchRoot({ host: notary.url, cert: stranger.cert }))
      expect(code).toBe('UNAVAILABLE_TLS')
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
  })

  test('or UNAVAILABLE_NETWORK when http is spoken where https is expected', async () => {
    const notary = await serve()
    const [code] = await failureOf(fetchRoot({ host: notary.url.replace('https:', 'http:') }))
    expect(code).toBe('UNAVAILABLE_NETWORK')
  })
})
