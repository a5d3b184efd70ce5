import { afterEach, describe, expect, test } from 'bun:test'
import {
  addLayer,
  attach,
  attachBundle,
  BUNDLE_V03,
  keyBundle,
  SIMPLE_SIGNING,
  signedLayer,
  writeReferrersTag,
  writeSignatureTag,
} from '../../support/cosign/shelf.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../support/registry/store.ts'
import { endScenes, NAME, Scene } from './scene.ts'

afterEach(endScenes)

describe('an image is trusted by a signature', () => {
  test('at its signature tag', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    expect(await scene.judge()).toBe(digest)
  })

  test.each([true, false])('in a bundle that refers to it (referrers API: %p)', async (api) => {
    const scene = new Scene({ referrersApi: api })
    const { store, digest, alice } = scene
    attachBundle(store, digest, keyBundle(digest, alice))
    writeReferrersTag(store, digest)
    expect(await scene.judge()).toBe(digest)
  })

  test('in a payload that refers to it (OCI 1.1, an experiment of cosign)', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json'
    attach(store, digest, [signedLayer(store, digest, alice)], { artifactType })
    expect(await scene.judge()).toBe(digest)
  })

  test('in a bundle with a message signature, its payload beside it', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    const payload = signedLayer(store, digest, alice)
    const { 'dev.cosignproject.cosign/signature': signature } = payload.annotations ?? {}
    const bundle = {
      mediaType: BUNDLE_V03,
      verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [] },
      messageSignature: {
        messageDigest: {
          algorithm: 'SHA2_256',
          digest: Buffer.from(payload.digest.slice('sha256:'.length), 'hex').toString('base64'),
        },
        signature,
      },
    }
    const layer = addLayer(store, BUNDLE_V03, Buffer.from(JSON.stringify(bundle)))
    attach(store, digest, [layer, payload])
    expect(await scene.judge()).toBe(digest)
  })

  test('whatever else of both forms stands beside it', async () => {
    const scene = new Scene()
    const { store, digest, alice, mallory } = scene
    writeSignatureTag(store, digest, [
      signedLayer(store, digest, mallory),
      addLayer(store, 'text/plain', Buffer.from('no signature')),
    ])
    attach(store, digest, [], { artifactType: 'application/spdx+json' })
    attachBundle(store, digest, { mediaType: 'nonsense' })
    attachBundle(store, digest, keyBundle(digest, alice))
    expect(await scene.judge()).toBe(digest)
  })

  test('whose entry in the list does not say what it is', async () => {
    const scene = new Scene({ referrersApi: false })
    const { store, digest, alice } = scene
    attachBundle(store, digest, keyBundle(digest, alice))
    const manifests = store
      .listReferrers(digest)
      .map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))
    store.addManifest(
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
      digest.replace(':', '-'),
    )
    expect(await scene.judge()).toBe(digest)
  })

  test('of the index, where it is one', async () => {
    const scene = new Scene()
    const { store, alice, digest } = scene
    const manifests = [{ mediaType: OCI_MANIFEST, digest, size: 1 }]
    const index = store.addManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, 'multi')
    const image = `${scene.registry.host}/${NAME}:multi`
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    expect(await scene.judge({}, image)).toStartWith(`UNTRUSTED_NOT_SIGNED: ${index}`)
    writeSignatureTag(store, index, [signedLayer(store, index, alice)])
    expect(await scene.judge({}, image)).toBe(index)
  })

  test('in another repository, of both forms', async () => {
    const scene = new Scene()
    const { digest, alice, registry } = scene
    const repository = { registry: registry.host, repository: 'signatures' }
    const elsewhere = registry.repository('signatures')
    writeSignatureTag(elsewhere, digest, [signedLayer(elsewhere, digest, alice)])
    expect(await scene.judge()).toStartWith('UNTRUSTED_NOT_SIGNED')
    expect(await scene.judge({ repository })).toBe(digest)
    elsewhere.tags.clear()
    expect(await scene.judge({ repository })).toStartWith('UNTRUSTED_NOT_SIGNED')
    attachBundle(elsewhere, digest, keyBundle(digest, alice))
    expect(await scene.judge({ repository })).toBe(digest)
  })
})

describe('an image is not trusted', () => {
  test('that is not there', async () => {
    const scene = new Scene()
    const image = `${scene.registry.host}/${NAME}:2`
    expect(await scene.judge({}, image)).toBe(
      `UNTRUSTED_NO_IMAGE: ${scene.registry.host} has no image ${image}`,
    )
  })

  test('that has no signature in either place, and only then is that said', async () => {
    const scene = new Scene()
    const { digest, registry } = scene
    const asked = await scene.cost(async () => {
      expect(await scene.judge()).toBe(
        `UNTRUSTED_NOT_SIGNED: ${digest} has no signature in ${registry.host}/${NAME}, neither at its signature tag nor among its referrers`,
      )
    })
    expect(asked).toEqual([
      `HEAD /v2/${NAME}/manifests/1`,
      `GET /v2/${NAME}/manifests/${digest.replace(':', '-')}.sig`,
      `GET /v2/${NAME}/referrers/${digest}`,
    ])
  })

  test.each<[string, readonly string[], string]>([
    ['two layers', ['{}', '{}'], 'malformed signature: it has 2 layers'],
    ['no layer', [], 'malformed signature: its layer is "missing"'],
    ['no bundle', ['{}'], 'malformed bundle: '],
    ['too much', [' '.repeat(1024 * 1024 + 1)], 'its layer has 1048577 bytes, more than 1048576'],
  ])('by a referrer of %s', async (_, blobs, why) => {
    const scene = new Scene()
    const { store, digest } = scene
    attach(
      store,
      digest,
      blobs.map((each) => addLayer(store, BUNDLE_V03, Buffer.from(each))),
    )
    const verdict = await scene.judge()
    expect(verdict).toStartWith('UNTRUSTED_MALFORMED_SIGNATURE')
    expect(verdict).toContain(why)
  })

  test('by a layer that is listed and not there', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    const layer = signedLayer(store, digest, alice)
    writeSignatureTag(store, digest, [layer])
    store.blobs.delete(layer.digest)
    expect(await scene.judge()).toContain('its layer is listed and not there')
  })

  test('by what stands at its signature tag and is no manifest', async () => {
    const scene = new Scene()
    const { store, digest } = scene
    store.addManifest('{"layers":', `${digest.replace(':', '-')}.sig`)
    const verdict = await scene.judge()
    expect(verdict).toStartWith('UNTRUSTED_MALFORMED_SIGNATURE')
    expect(verdict).toContain('malformed signature: ')
  })

  test('by more signatures than are looked at', async () => {
    const scene = new Scene()
    const { store, digest, mallory, alice } = scene
    const layers = Array.from({ length: 40 }, () => signedLayer(store, digest, mallory))
    writeSignatureTag(store, digest, layers)
    for (let n = 0; n < 30; n++) attachBundle(store, digest, keyBundle(digest, mallory))
    attachBundle(store, digest, keyBundle(digest, alice))
    const verdict = await scene.judge()
    expect(verdict).toStartWith('UNTRUSTED_TOO_MANY_SIGNATURES')
    expect(verdict).toContain('and 56 more; there are more signatures than the 64')
    expect(verdict.length).toBeLessThan(4000)
  })
})

test('the payload type of a layer decides, not its place', async () => {
  const scene = new Scene()
  const { store, digest, alice } = scene
  const layer = { ...signedLayer(store, digest, alice), mediaType: 'application/octet-stream' }
  writeSignatureTag(store, digest, [layer])
  expect(await scene.judge()).toStartWith('UNTRUSTED_NOT_SIGNED')
  writeSignatureTag(store, digest, [{ ...layer, mediaType: SIMPLE_SIGNING }])
  expect(await scene.judge()).toBe(digest)
})
