import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenied } from './support/expectations.ts'
import { pinAndStart } from './support/policy.ts'
import { addDelegation, initRepository, type Publisher, signImage } from './support/publisher.ts'
import type { PushedImage } from './support/registry.ts'

setDefaultTimeout(30_000)

let environment: Environment
let publisher: Publisher
let gun: string
let good: PushedImage
let other: PushedImage

beforeAll(async () => {
  environment = await startEnvironment('delegations')
  publisher = await environment.addPublisher()
  gun = environment.gunOf('app')
  good = await environment.push('app', 'good')
  other = await environment.push('app', 'other')
  await initRepository(publisher, gun, 'docker')
  for (const role of ['targets/alice', 'targets/bob', 'targets/alice/nightly']) {
    await addDelegation(publisher, gun, role)
  }
  await signImage(publisher, gun, 'both', good, 'targets/alice')
  await signImage(publisher, gun, 'both', good, 'targets/bob')
  await signImage(publisher, gun, 'alice-only', good, 'targets/alice')
  await signImage(publisher, gun, 'split', good, 'targets/alice')
  await signImage(publisher, gun, 'split', other, 'targets/bob')
  await signImage(publisher, gun, 'nested', good, 'targets/alice/nightly')
})
afterAll(() => environment?.stop())

const start = (...delegations: readonly string[]) =>
  pinAndStart(environment, gun, { with: { delegations } })

test('named signers who signed the same digest are trusted together', async () => {
  const connaisseur = await start('alice', 'targets/bob')
  await expectAdmitted(connaisseur, `${gun}:both`, good.digest)
  await expectDenied(connaisseur, `${gun}:alice-only`, 'UNTRUSTED_NOT_SIGNED')
  await expectDenied(connaisseur, `${gun}:split`, 'UNTRUSTED_CONFLICT')
  const { entry } = await connaisseur.verify(`${gun}:split`)
  expect(entry.reason).toContain(good.digest)
  expect(entry.reason).toContain(other.digest)
})

test('one named signer is enough where one is named, a nested one too', async () => {
  await expectAdmitted(await start('alice'), `${gun}:alice-only`, good.digest)
  await expectAdmitted(await start('alice/nightly'), `${gun}:nested`, good.digest)
})

test('without names these delegations do not count', async () => {
  const connaisseur = await pinAndStart(environment, gun)
  await expectDenied(connaisseur, `${gun}:both`, 'UNTRUSTED_NOT_SIGNED')
})

test('a misspelt signer is told with those that there are', async () => {
  const connaisseur = await start('alcie')
  await expectDenied(connaisseur, `${gun}:both`, 'UNTRUSTED_NO_DELEGATION')
  const { entry } = await connaisseur.verify(`${gun}:both`)
  expect(entry.reason).toEndWith(
    'has no delegation targets/alcie; there is targets/alice, targets/bob',
  )
})

test('a signer who is removed signs no more, also for who remembers', async () => {
  const connaisseur = await start('alice', 'bob')
  await expectAdmitted(connaisseur, `${gun}:both`, good.digest)
  await publisher.run('delegation', 'remove', gun, 'targets/bob', '--yes', '-p')
  await expectDenied(connaisseur, `${gun}:both`, 'UNTRUSTED_NO_DELEGATION')
})
