import { afterAll, beforeAll, describe, setDefaultTimeout, test } from 'bun:test'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenied } from './support/expectations.ts'
import { pinAndStart } from './support/policy.ts'
import { addDelegation, initRepository, type Publisher, signImage } from './support/publisher.ts'

setDefaultTimeout(30_000)

let environment: Environment
let alice: Publisher

beforeAll(async () => {
  environment = await startEnvironment('signed')
  alice = await environment.addPublisher()
})
afterAll(() => environment?.stop())

describe('an image signed with the real notary client is pinned to the signed digest', () => {
  for (const snapshot of ['docker', 'local'] as const) {
    test(`in targets, snapshot key: ${snapshot}`, async () => {
      const gun = environment.gunOf(`plain-${snapshot}`)
      const image = await environment.push(`plain-${snapshot}`, '1.0')
      await initRepository(alice, gun, snapshot)
      await signImage(alice, gun, '1.0', image)
      await expectAdmitted(await pinAndStart(environment, gun), `${gun}:1.0`, image.digest)
    })

    test(`in targets/releases and a signer's own role, snapshot key: ${snapshot}`, async () => {
      const gun = environment.gunOf(`team/delegated-${snapshot}`)
      const image = await environment.push(`team/delegated-${snapshot}`, '1.0')
      await initRepository(alice, gun, snapshot)
      await addDelegation(alice, gun, 'targets/releases')
      await addDelegation(alice, gun, 'targets/alice')
      await signImage(alice, gun, '1.0', image, 'targets/releases', 'targets/alice')
      await expectAdmitted(await pinAndStart(environment, gun), `${gun}:1.0`, image.digest)
    })
  }

  test('in targets, although targets/releases exists and lists other tags', async () => {
    const gun = environment.gunOf('both')
    const [old, recent] = [
      await environment.push('both', 'old'),
      await environment.push('both', 'recent'),
    ]
    await initRepository(alice, gun, 'docker')
    await signImage(alice, gun, 'old', old)
    await addDelegation(alice, gun, 'targets/releases')
    await signImage(alice, gun, 'recent', recent, 'targets/releases')
    const connaisseur = await pinAndStart(environment, gun)
    await expectAdmitted(connaisseur, `${gun}:old`, old.digest)
    await expectAdmitted(connaisseur, `${gun}:recent`, recent.digest)
  })
})

describe('a repository that changes while the webhook runs', () => {
  test('a tag that is signed again is pinned to the new digest, and no more to the old', async () => {
    const gun = environment.gunOf('again')
    const first = await environment.push('again', '1')
    await initRepository(alice, gun, 'docker')
    await signImage(alice, gun, '1', first)
    const connaisseur = await pinAndStart(environment, gun)
    await expectAdmitted(connaisseur, `${gun}:1`, first.digest)

    const second = await environment.push('again', '1')
    await expectAdmitted(connaisseur, `${gun}:1`, first.digest)
    await signImage(alice, gun, '1', second)
    await expectAdmitted(connaisseur, `${gun}:1`, second.digest)
    await expectDenied(connaisseur, `${gun}:1@${first.digest}`, 'UNTRUSTED_DIGEST_MISMATCH')
  })

  test('a targets key that is rotated signs on, and what it signed stays signed', async () => {
    const gun = environment.gunOf('rotated-targets')
    const [first, second] = [
      await environment.push('rotated-targets', '1'),
      await environment.push('rotated-targets', '2'),
    ]
    await initRepository(alice, gun, 'docker')
    await signImage(alice, gun, '1', first)
    const connaisseur = await pinAndStart(environment, gun)
    await alice.run('key', 'rotate', gun, 'targets')
    await signImage(alice, gun, '2', second)
    await expectAdmitted(connaisseur, `${gun}:1`, first.digest)
    await expectAdmitted(connaisseur, `${gun}:2`, second.digest)
  })

  test('a tag that is removed is signed no more', async () => {
    const gun = environment.gunOf('removed')
    const image = await environment.push('removed', '1')
    await initRepository(alice, gun, 'docker')
    await signImage(alice, gun, '1', image)
    const connaisseur = await pinAndStart(environment, gun)
    await expectAdmitted(connaisseur, `${gun}:1`, image.digest)
    await alice.run('remove', gun, '1', '-p')
    await expectDenied(connaisseur, `${gun}:1`, 'UNTRUSTED_NOT_SIGNED')
  })
})
