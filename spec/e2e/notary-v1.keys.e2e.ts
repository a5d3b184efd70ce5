import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { createKeyPair, type KeyKind } from '../support/key-pair.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted } from './support/expectations.ts'
import { fetchKeyTypes, fetchRootKey } from './support/metadata.ts'
import { startNotaryServers } from './support/notary-servers.ts'
import { pinAndStart, startWithPins } from './support/policy.ts'
import {
  addDelegation,
  importKey,
  initRepository,
  rotateKeyTo,
  signImage,
} from './support/publisher.ts'

setDefaultTimeout(30_000)

let environment: Environment

beforeAll(async () => {
  environment = await startEnvironment('keys')
})
afterAll(() => environment?.stop())

/** The kinds that the notary client takes, with the type that Notary gives them. */
const IMPORTED = [
  ['p256', 'ecdsa'],
  ['p384', 'ecdsa'],
  ['p521', 'ecdsa'],
  ['rsa2048', 'rsa'],
] as const satisfies readonly (readonly [KeyKind, string])[]

describe('keys of every kind that the notary client takes', () => {
  for (const [kind, type] of IMPORTED) {
    test(`${kind} as root, targets, snapshot and delegation key`, async () => {
      const alice = await environment.addPublisher()
      const gun = environment.gunOf(`keys/${kind}`)
      const plain = await environment.push(`keys/${kind}`, 'plain')
      const released = await environment.push(`keys/${kind}`, 'released')
      await importKey(alice, createKeyPair(kind), 'root')
      await initRepository(alice, gun, 'local')
      await rotateKeyTo(alice, gun, 'targets', createKeyPair(kind))
      await rotateKeyTo(alice, gun, 'snapshot', createKeyPair(kind))
      await signImage(alice, gun, 'plain', plain)
      await addDelegation(alice, gun, 'targets/releases', kind)
      await signImage(alice, gun, 'released', released, 'targets/releases')
      expect(await fetchKeyTypes(environment.notary, gun)).toEqual({
        root: `${type}-x509`,
        targets: type,
        snapshot: type,
        timestamp: 'ecdsa',
      })
      const connaisseur = await pinAndStart(environment, gun)
      await expectAdmitted(connaisseur, `${gun}:plain`, plain.digest)
      await expectAdmitted(connaisseur, `${gun}:released`, released.digest)
    })
  }
})

test('Ed25519 keys of a notary-server that needs no signer', async () => {
  const folder = join(environment.folder, 'notary-ed25519')
  const notary = await startNotaryServers(folder, environment.authority, 'ed25519')
  environment.beforeStop(notary.stop)
  const alice = await environment.addPublisher(notary)
  const gun = environment.gunOf('ed25519')
  const image = await environment.push('ed25519', '1')
  await initRepository(alice, gun, 'docker')
  await signImage(alice, gun, '1', image)
  expect(await fetchKeyTypes(notary, gun)).toEqual({
    root: 'ecdsa-x509',
    targets: 'ecdsa',
    snapshot: 'ed25519',
    timestamp: 'ed25519',
  })
  const { publicKey } = await fetchRootKey(notary, gun)
  const connaisseur = await startWithPins(environment, { [gun]: publicKey }, { notary })
  await expectAdmitted(connaisseur, `${gun}:1`, image.digest)
})

describe('the pinned root key', () => {
  test('as the notary client writes it (`role: root` in the PEM block)', async () => {
    const alice = await environment.addPublisher()
    const gun = environment.gunOf('generated')
    const image = await environment.push('generated', '1')
    const name = join(alice.folder, 'generated')
    await alice.run('key', 'generate', 'ecdsa', '--role', 'root', '-o', name)
    await alice.run('init', gun, '--rootkey', `${name}-key.pem`, '-p')
    await signImage(alice, gun, '1', image)
    const publicKey = await Bun.file(`${name}.pem`).text()
    expect(publicKey).toContain('role: root')
    const connaisseur = await startWithPins(environment, { [gun]: publicKey })
    await expectAdmitted(connaisseur, `${gun}:1`, image.digest)
  })

  test('as the certificate that stands in the root metadata', async () => {
    const alice = await environment.addPublisher()
    const gun = environment.gunOf('certificate')
    const image = await environment.push('certificate', '1')
    await initRepository(alice, gun, 'docker')
    await signImage(alice, gun, '1', image)
    const { certificate } = await fetchRootKey(environment.notary, gun)
    expect(certificate).toContain('BEGIN CERTIFICATE')
    const connaisseur = await startWithPins(environment, { [gun]: certificate })
    await expectAdmitted(connaisseur, `${gun}:1`, image.digest)
  })
})
