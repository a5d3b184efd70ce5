import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenied } from './support/expectations.ts'
import { fetchRootKey } from './support/metadata.ts'
import { pinAndStart, startWithPins } from './support/policy.ts'
import { addDelegation, initRepository, type Publisher, signImage } from './support/publisher.ts'

setDefaultTimeout(30_000)

const ABSENT = `sha256:${'0'.repeat(64)}`

let environment: Environment
let alice: Publisher

beforeAll(async () => {
  environment = await startEnvironment('denied')
  alice = await environment.addPublisher()
})
afterAll(() => environment?.stop())

/** Signs `<repository>:signed` in Docker's way. */
async function signOne(repository: string, publisher = alice) {
  const gun = environment.gunOf(repository)
  const image = await environment.push(repository, 'signed')
  await initRepository(publisher, gun, 'docker')
  await signImage(publisher, gun, 'signed', image)
  return { gun, digest: image.digest }
}

test('an image of a repository that was never signed is denied', async () => {
  const { gun } = await signOne('other')
  const unsigned = environment.gunOf('unsigned')
  await environment.push('unsigned', '1')
  const { publicKey } = await fetchRootKey(environment.notary, gun)
  const connaisseur = await startWithPins(environment, { [unsigned]: publicKey })
  await expectDenied(connaisseur, `${unsigned}:1`, 'UNTRUSTED_NO_TRUST_DATA')
})

test('a tag that nobody signed is denied in a repository that has signed ones', async () => {
  const { gun } = await signOne('tags')
  await environment.push('tags', 'unsigned')
  const connaisseur = await pinAndStart(environment, gun)
  await expectDenied(connaisseur, `${gun}:unsigned`, 'UNTRUSTED_NOT_SIGNED')
})

test('a reference that is pinned to the signed digest is admitted as it is', async () => {
  const { gun, digest } = await signOne('pinned')
  const connaisseur = await pinAndStart(environment, gun)
  await expectAdmitted(connaisseur, `${gun}:signed@${digest}`, digest)
})

test('a digest without a tag counts if it is signed for any tag', async () => {
  const { gun, digest } = await signOne('digest-only')
  const connaisseur = await pinAndStart(environment, gun)
  await expectAdmitted(connaisseur, `${gun}@${digest}`, digest)
  await expectDenied(connaisseur, `${gun}@${ABSENT}`, 'UNTRUSTED_NOT_SIGNED')
})

test('a reference that is pinned to another digest is denied, never pinned again', async () => {
  const { gun } = await signOne('mismatch')
  const { digest } = await environment.push('mismatch', 'other')
  const connaisseur = await pinAndStart(environment, gun)
  await expectDenied(connaisseur, `${gun}:signed@${digest}`, 'UNTRUSTED_DIGEST_MISMATCH')
  await expectDenied(connaisseur, `${gun}:signed@${ABSENT}`, 'UNTRUSTED_DIGEST_MISMATCH')
})

test('one denial names both bad images of a pod, and not the good one', async () => {
  const { gun } = await signOne('mixed')
  const connaisseur = await pinAndStart(environment, gun)
  const object = pod([`${gun}:bad-1`, `${gun}:signed`, `${gun}:bad-2`])
  const { allowed, patch, status } = await connaisseur.review(admissionReview({ object }))
  expect(allowed).toBeFalse()
  expect(patch).toBeUndefined()
  expect(status?.message).toContain(`${gun}:bad-1`)
  expect(status?.message).toContain(`${gun}:bad-2`)
  expect(status?.message).not.toContain(`${gun}:signed`)
})

test("another publisher's signature is worth nothing, even under a known root key", async () => {
  const mallory = await environment.addPublisher()
  const ours = await signOne('ours')
  const theirs = await signOne('theirs', mallory)
  const { publicKey } = await fetchRootKey(environment.notary, ours.gun)
  const connaisseur = await startWithPins(environment, { [theirs.gun]: publicKey })
  await expectDenied(connaisseur, `${theirs.gun}:signed`, 'UNTRUSTED_ROOT')
})

test('a delegation that was removed counts no more, although it is still served', async () => {
  const gun = environment.gunOf('removed-delegation')
  const image = await environment.push('removed-delegation', '1')
  await initRepository(alice, gun, 'docker')
  await addDelegation(alice, gun, 'targets/releases')
  await signImage(alice, gun, '1', image, 'targets/releases')
  const connaisseur = await pinAndStart(environment, gun)
  await expectAdmitted(connaisseur, `${gun}:1`, image.digest)
  await alice.run('delegation', 'remove', gun, 'targets/releases', '--yes', '-p')
  await expectDenied(connaisseur, `${gun}:1`, 'UNTRUSTED_NOT_SIGNED')
})
