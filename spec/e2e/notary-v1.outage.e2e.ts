import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createCertificateAuthority } from '../support/certificate.ts'
import type { Fault } from '../support/notary/fault.ts'
import type { Connaisseur } from './support/connaisseur.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenial, expectDenied, review } from './support/expectations.ts'
import { FaultProxy } from './support/fault-proxy.ts'
import { fetchRootKey } from './support/metadata.ts'
import { pinAndStart, startWithPins } from './support/policy.ts'
import { addSignedImage } from './support/signed-image.ts'

setDefaultTimeout(30_000)

let environment: Environment
let connaisseur: Connaisseur
let gun: string
let digest: string
let proxy: FaultProxy

beforeAll(async () => {
  environment = await startEnvironment('outage')
  const image = await addSignedImage(environment, 'app')
  gun = image.gun
  digest = image.digest
  connaisseur = await pinAndStart(environment, gun)
  proxy = await FaultProxy.start(environment.notary, environment.authority)
  environment.beforeStop(async () => proxy.close())
})
afterAll(() => environment?.stop())

test('a Notary that is gone makes images unavailable, not unsigned, until it is back', async () => {
  const { forwarder } = environment.notary
  await expectAdmitted(connaisseur, `${gun}:1`, digest)
  await forwarder.close()
  await expectDenied(connaisseur, `${gun}:1`, 'UNAVAILABLE_NETWORK')
  await expectDenied(connaisseur, `${gun}:unsigned`, 'UNAVAILABLE_NETWORK')
  await forwarder.open()
  await expectAdmitted(connaisseur, `${gun}:1`, digest)
})

test("a Notary that hangs is given up within the webhook's timeout", async () => {
  const { server } = environment.notary
  server.suspend()
  try {
    const response = await review(connaisseur, `${gun}:1`, '2s')
    expectDenial(response, `${gun}:1`, 'UNAVAILABLE_TIMEOUT')
  } finally {
    server.resume()
  }
  await expectAdmitted(connaisseur, `${gun}:1`, digest)
})

test('a Notary whose certificate another authority issued is not believed', async () => {
  const { publicKey } = await fetchRootKey(environment.notary, gun)
  const { cert } = await createCertificateAuthority('an authority of nobody')
  const { forwardedUrl } = environment.notary
  const other = await startWithPins(
    environment,
    { [gun]: publicKey },
    { notary: { forwardedUrl, authority: cert } },
  )
  await expectDenied(other, `${gun}:1`, 'UNAVAILABLE_TLS')
  expect((await other.verify(`${gun}:1`)).entry.reason).toMatch(/certificate/i)
})

describe('a fault in front of the real server is UNAVAILABLE with its cause, and over at once', () => {
  const status = (code: number, headers = {}): Fault => ({ kind: 'status', status: code, headers })
  test.each<[string, Fault, string, string]>([
    ['500', status(500), 'STATUS', 'answers with HTTP 500'],
    ['502', status(502), 'STATUS', 'answers with HTTP 502'],
    ['503', status(503), 'STATUS', 'answers with HTTP 503'],
    ['429', status(429, { 'Retry-After': '1' }), 'STATUS', 'HTTP 429 (Retry-After 1 s)'],
    ['reset', { kind: 'reset' }, 'NETWORK', 'connection closed by the server'],
    ['truncated', { kind: 'truncated' }, 'NETWORK', 'connection closed by the server'],
    ['silent', { kind: 'silent' }, 'TIMEOUT', 'did not answer in time'],
    ['a byte a second', { kind: 'slow', bytesPerSecond: 1 }, 'TIMEOUT', 'did not answer in time'],
    ['endless', { kind: 'endless' }, 'BODY', 'answers with more than'],
    ['compressed', { kind: 'gzip-bomb' }, 'BODY', 'gzip encoding'],
  ])('%s, on the timestamp and on a file that it promises', async (_, fault, code, words) => {
    const webhook = await pinAndStart(environment, gun, { notary: proxy.notary })
    for (const part of ['timestamp', 'targets']) {
      proxy.faults.set(part, fault)
      const response = await review(webhook, `${gun}:1`, '2s')
      expectDenial(response, `${gun}:1`, `UNAVAILABLE_${code}`)
      expect(response.status?.message).toContain(`${proxy.host} `)
      expect(response.status?.message).toContain(words)
      proxy.faults.clear()
    }
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
  })

  test('a name that does not resolve', async () => {
    const notary = { ...proxy.notary, forwardedUrl: 'https://notary.invalid' }
    const webhook = await pinAndStart(environment, gun, { notary })
    const response = await review(webhook, `${gun}:1`, '2s')
    expectDenial(response, `${gun}:1`, 'UNAVAILABLE_NETWORK')
    expect(response.status?.message).toContain('notary.invalid cannot be reached: ')
  })

  test('a file that the timestamp promises and the server does not have', async () => {
    const webhook = await pinAndStart(environment, gun, { notary: proxy.notary })
    proxy.faults.set('targets', status(404))
    expectDenial(await review(webhook, `${gun}:1`, '2s'), `${gun}:1`, 'UNAVAILABLE_METADATA')
    proxy.faults.set('timestamp', status(404))
    expectDenial(await review(webhook, `${gun}:1`, '2s'), `${gun}:1`, 'UNTRUSTED_NO_TRUST_DATA')
    proxy.faults.clear()
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
  })
})

test('a short fault within the deadline is survived by trying again', async () => {
  const webhook = await pinAndStart(environment, gun, { notary: proxy.notary })
  proxy.close()
  const answer = review(webhook, `${gun}:1`)
  await Bun.sleep(1000)
  proxy.open()
  expect((await answer).allowed).toBeTrue()
})

test('a hundred requests during an outage are one probe at a time, and all are admitted after it', async () => {
  const webhook = await pinAndStart(environment, gun, { notary: proxy.notary })
  expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
  proxy.faults.set('', { kind: 'status', status: 503 })
  proxy.takeRequests()
  const answers = Array.from({ length: 100 }, () => review(webhook, `${gun}:1`))
  await Bun.sleep(1000)
  const probes = proxy.takeRequests().length
  proxy.faults.clear()
  expect((await Promise.all(answers)).every(({ allowed }) => allowed)).toBeTrue()
  // With pauses of 50 ms and more, doubling, there is no room for more in a second.
  expect(probes).toBeLessThan(10)
  expect(probes).toBeGreaterThan(1)
})
