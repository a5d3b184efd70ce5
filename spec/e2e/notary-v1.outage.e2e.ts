import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createCertificateAuthority } from '../support/certificate.ts'
import type { Connaisseur } from './support/connaisseur.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenial, expectDenied, review } from './support/expectations.ts'
import { fetchRootKey } from './support/metadata.ts'
import { pinAndStart, startWithPins } from './support/policy.ts'
import { initRepository, signImage } from './support/publisher.ts'

setDefaultTimeout(30_000)

let environment: Environment
let connaisseur: Connaisseur
let gun: string
let digest: string

beforeAll(async () => {
  environment = await startEnvironment('outage')
  const alice = await environment.addPublisher()
  gun = environment.gunOf('app')
  const image = await environment.push('app', '1')
  digest = image.digest
  await initRepository(alice, gun, 'docker')
  await signImage(alice, gun, '1', image)
  connaisseur = await pinAndStart(environment, gun)
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
    { forwardedUrl, authority: cert },
  )
  await expectDenied(other, `${gun}:1`, 'UNAVAILABLE_NETWORK')
  expect((await other.verify(`${gun}:1`)).entry.reason).toMatch(/certificate/i)
})
