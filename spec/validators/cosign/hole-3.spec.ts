import { afterEach, describe, expect, test } from 'bun:test'
import {
  attachBundle,
  keyBundle,
  pushImage,
  signedLayer,
  writeSignatureTag,
} from '../../support/cosign/shelf.ts'
import { imageStatement, simpleSigningPayload } from '../../support/sigstore/statement.ts'
import { endScenes, NAME, Scene } from './scene.ts'

afterEach(endScenes)

const OTHER_DIGEST = `sha256:${'b'.repeat(64)}`

describe('hole 3: what was signed is not this image', () => {
  test('a signature copied from another image, in both forms', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    const victim = pushImage(scene.registry, NAME, 'victim')
    writeSignatureTag(store, digest, [signedLayer(store, victim, alice)])
    attachBundle(store, digest, keyBundle(victim, alice))
    const verdict = await scene.judge()
    expect(verdict).toStartWith('UNTRUSTED_DIGEST_MISMATCH')
    expect(verdict).toContain(`the signature is for ${victim}, not for ${digest}`)
  })

  test.each<[string, Buffer]>([
    ['a signed blob', Buffer.from('just bytes')],
    ['a signed JSON of another kind', Buffer.from('{"a":1}')],
    ['an empty digest', simpleSigningPayload('')],
    ['a digest in capitals', simpleSigningPayload(OTHER_DIGEST.toUpperCase())],
    ['another type of payload', simpleSigningPayload(OTHER_DIGEST, { type: 'atomic image' })],
  ])('a payload with %s', async (_, payload) => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice, payload)])
    expect(await scene.judge()).toMatch(/^UNTRUSTED_(?:CLAIM|MALFORMED_SIGNATURE): /)
  })

  test('a payload of the right image of another type', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    const payload = simpleSigningPayload(digest, { type: 'atomic container signature' })
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice, payload)])
    expect(await scene.judge()).toStartWith('UNTRUSTED_CLAIM')
  })

  test.each<[string, (digest: string) => Buffer]>([
    ['an attestation', (digest) => imageStatement(digest, { predicateType: 'https://x.example' })],
    ['no subject', () => imageStatement([])],
    ['an empty digest', () => imageStatement('')],
    ['several digests, one of them the right one', (d) => imageStatement([OTHER_DIGEST, d])],
  ])('a statement that is %s', async (_, payload) => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    attachBundle(store, digest, keyBundle(digest, alice, payload(digest)))
    expect(await scene.judge()).toStartWith('UNTRUSTED_CLAIM')
  })

  test('an attestation that says so in the list is not even fetched', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    const annotations = { 'dev.sigstore.bundle.predicateType': 'https://slsa.dev/provenance/v1' }
    attachBundle(store, digest, keyBundle(digest, alice), { annotations })
    const asked = await scene.cost(async () => {
      expect(await scene.judge()).toEndWith(', only 1 that say they are something else')
    })
    expect(asked.length).toBe(3)
  })

  test('a name in the payload, however right, is worth nothing', async () => {
    const scene = new Scene()
    const { store, digest, alice, image } = scene
    const payload = simpleSigningPayload(OTHER_DIGEST, { reference: image })
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice, payload)])
    expect(await scene.judge()).toStartWith('UNTRUSTED_DIGEST_MISMATCH')
  })
})

describe('hole 4: repo@D1 becoming repo@D2', () => {
  test('a pinned reference is judged by its own digest, whatever the tag stands for', async () => {
    const scene = new Scene()
    const { store, digest, alice, registry } = scene
    const other = pushImage(registry, NAME, '2')
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    expect(await scene.judge({}, `${registry.host}/${NAME}:2@${digest}`)).toBe(digest)
    expect(await scene.judge({}, `${registry.host}/${NAME}:1@${other}`)).toStartWith(
      `UNTRUSTED_NOT_SIGNED: ${other}`,
    )
  })
})
