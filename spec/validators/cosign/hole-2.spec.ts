import { afterEach, describe, expect, test } from 'bun:test'
import { compileIdentity } from '../../../src/trust/sigstore/identity.ts'
import { parseSigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { selfSignedCertificate } from '../../support/certificate.ts'
import {
  attachBundle,
  keyBundle,
  signedLayer,
  writeSignatureTag,
} from '../../support/cosign/shelf.ts'
import { createKeyPair } from '../../support/key-pair.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { createSigstore, imageStatement } from '../../support/sigstore/world.ts'
import { endScenes, NOW, rootOf, Scene, verdictOf } from './scene.ts'

afterEach(endScenes)

const twoOf = (scene: Scene) => ({
  roots: [rootOf('alice', scene.alice), rootOf('bob', scene.bob)],
  threshold: 2,
})

describe('hole 2: one signer counted as two', () => {
  test('by signing twice, in one form or in both', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    const layers = [signedLayer(store, digest, alice), signedLayer(store, digest, alice)]
    writeSignatureTag(store, digest, layers)
    attachBundle(store, digest, keyBundle(digest, alice))
    attachBundle(store, digest, keyBundle(digest, alice))
    const verdict = await scene.judge(twoOf(scene))
    expect(verdict).toStartWith(
      `UNTRUSTED_SIGNATURE: ${digest} is not signed by each of alice and bob, but only by alice: `,
    )
  })

  test('by one key under two names, as key and as certificate', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    const pem = await selfSignedCertificate({ commonName: 'alice', keyPair: alice })
    const roots = [
      rootOf('alice', alice),
      { name: 'again', kind: 'key', key: parseSigningKey(pem) } as const,
    ]
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    attachBundle(store, digest, keyBundle(digest, alice))
    expect(await scene.judge({ roots })).toContain('but only by alice')
    expect(await scene.judge({ roots, threshold: 1 })).toBe(digest)
  })

  test('by one identity that two trust roots fit, and by one log entry', async () => {
    const scene = new Scene()
    const { store, digest } = scene
    const sigstore = await createSigstore()
    const holder = { issuer: 'https://issuer.example', subject: 'alice@example.com' }
    const signer = await sigstore.certify(holder)
    const bundle = await sigstore.signBundle(signer, { payload: imageStatement(digest) })
    attachBundle(store, digest, bundle)
    attachBundle(store, digest, bundle)
    attachBundle(
      store,
      digest,
      await sigstore.signBundle(await sigstore.certify(holder), {
        payload: imageStatement(digest),
      }),
    )
    const identities = [holder, { issuer: holder.issuer, subjectRegex: '.*@example\\.com' }]
    const roots = identities.map((each, index) => ({
      name: `root-${index}`,
      kind: 'keyless' as const,
      identity: compileIdentity(each),
    }))
    const material = parseTrustedRoot(toBytes(sigstore.trustedRoot))
    const now = new Date(sigstore.clock.getTime() + 60_000)
    const options = { material, verifyInTransparencyLog: true }
    const judge = (threshold: number) =>
      verdictOf(scene.createValidator({ ...options, roots, threshold }), scene.image, now)
    expect(await judge(1)).toBe(digest)
    expect(await judge(2)).toContain('is not signed by each of root-0 and root-1, but only by')
  })
})

describe('two signers count as two', () => {
  test('in one place, or each in another', async () => {
    for (const isApart of [true, false]) {
      const scene = new Scene()
      const { store, digest, alice, bob } = scene
      const layers = [signedLayer(store, digest, alice)]
      if (isApart) attachBundle(store, digest, keyBundle(digest, bob))
      else layers.push(signedLayer(store, digest, bob))
      writeSignatureTag(store, digest, layers)
      expect(await scene.judge(twoOf(scene))).toBe(digest)
    }
  })

  test('of three, but not without the one that is required', async () => {
    const scene = new Scene()
    const { store, digest, alice, bob } = scene
    const carol = createKeyPair('p256')
    const roots = [rootOf('alice', alice), rootOf('bob', bob), rootOf('carol', carol)]
    writeSignatureTag(store, digest, [
      signedLayer(store, digest, alice),
      signedLayer(store, digest, bob),
    ])
    expect(await scene.judge({ roots, threshold: 2 })).toBe(digest)
    expect(await scene.judge({ roots, required: ['alice'] })).toBe(digest)
    expect(await scene.judge({ roots, threshold: 2, required: ['bob'] })).toBe(digest)
    expect(await scene.judge({ roots, threshold: 2, required: ['carol'] })).toStartWith(
      `UNTRUSTED_SIGNATURE: ${digest} is not signed by 2 of alice, bob and carol, carol among them, but only by alice, bob: `,
    )
    expect(await scene.judge({ roots })).toContain('is not signed by each of alice, bob and carol')
  })

  test('for each image anew', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    const validator = scene.createValidator()
    expect(await verdictOf(validator, scene.image, NOW)).toBe(digest)
    expect(await verdictOf(validator, `${scene.registry.host}/team/other@${digest}`)).toStartWith(
      'UNTRUSTED_NOT_SIGNED',
    )
  })
})
