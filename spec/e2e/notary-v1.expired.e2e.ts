import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createKeyPair } from '../support/key-pair.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenied } from './support/expectations.ts'
import { republish, type Signed } from './support/forger.ts'
import { pinAndStart } from './support/policy.ts'
import { waitUntil } from './support/process.ts'
import {
  addDelegation,
  initRepository,
  type Publisher,
  rotateKeyTo,
  signImage,
} from './support/publisher.ts'

setDefaultTimeout(30_000)

const DAY_MS = 24 * 60 * 60 * 1000
/** At least this far ahead of the upload: notary-server refuses what has expired already. */
const SOON_MS = 1000

let environment: Environment
let alice: Publisher

beforeAll(async () => {
  environment = await startEnvironment('expired')
  alice = await environment.addPublisher()
})
afterAll(() => environment?.stop())

/** A repository that Docker signed as `<repository>:1`, in targets and then in releases. */
async function signTwice(repository: string) {
  const gun = environment.gunOf(repository)
  const image = await environment.push(repository, '1')
  const targetsKey = createKeyPair('p256')
  await initRepository(alice, gun, 'docker')
  await rotateKeyTo(alice, gun, 'targets', targetsKey)
  await signImage(alice, gun, '1', image)
  const releasesKey = await addDelegation(alice, gun, 'targets/releases')
  await signImage(alice, gun, '1', image, 'targets/releases')
  const connaisseur = await pinAndStart(environment, gun)
  await expectAdmitted(connaisseur, `${gun}:1`, image.digest)
  return { gun, image: `${gun}:1`, digest: image.digest, targetsKey, releasesKey, connaisseur }
}

/**
 * Whole seconds as Go writes them. In the snapshot, notary-server puts the hash not of the bytes
 * that were uploaded but of what it would write itself, without a fraction of zeros.
 */
const toGoTime = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z')

const isPast = (time: number) => waitUntil(async () => Date.now() > time, 'metadata to expire')

describe('trust data is judged as of the time given', () => {
  test('the timestamp lasts 14 days: 13 days ahead it holds, 15 days ahead it is expired', async () => {
    const { image, digest, connaisseur } = await signTwice('timestamp')
    const at = (days: number) => ['--at', new Date(Date.now() + days * DAY_MS).toISOString()]
    const held = await connaisseur.verify(image, ...at(13))
    expect(held.entry).toMatchObject({ trusted: true, digest })
    expect(held.exitCode).toBe(0)
    const expired = await connaisseur.verify(image, ...at(15))
    expect(expired.entry).toMatchObject({ trusted: false, code: 'UNTRUSTED_EXPIRED' })
    expect(expired.exitCode).toBe(1)
  })
})

describe('trust data that runs out on the server', () => {
  for (const role of ['targets', 'targets/releases'] as const) {
    test(`${role} that has expired is a denial, never a fall back to another role`, async () => {
      const { gun, image, connaisseur, targetsKey, releasesKey } = await signTwice(
        `expired/${role}`,
      )
      const end = Math.ceil((Date.now() + SOON_MS) / 1000) * 1000
      const expires = toGoTime(end)
      const key = role === 'targets' ? targetsKey : releasesKey
      await republish(environment.notary, gun, role, key, (signed) => ({ ...signed, expires }))
      await isPast(end)
      await expectDenied(connaisseur, image, 'UNTRUSTED_EXPIRED')
    })
  }
})

test('a delegation that too few keys signed is a denial, never a fall back to targets', async () => {
  const { gun, image, connaisseur, targetsKey } = await signTwice('under-signed')
  await addDelegation(alice, gun, 'targets/releases')
  await republish(environment.notary, gun, 'targets', targetsKey, demandTwoSigners)
  await expectDenied(connaisseur, image, 'UNTRUSTED_SIGNATURE')
})

/** Both keys of each delegation have to sign; the metadata that is there has one signature. */
function demandTwoSigners(signed: Signed): Signed {
  const text = JSON.stringify(signed)
  return JSON.parse(text.replaceAll('"threshold":1', '"threshold":2'))
}
