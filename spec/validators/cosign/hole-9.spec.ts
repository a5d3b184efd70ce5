import { afterEach, describe, expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import {
  attachBundle,
  keyBundle,
  signedLayer,
  writeSignatureTag,
} from '../../support/cosign/shelf.ts'
import { endScenes, Scene } from './scene.ts'

afterEach(endScenes)

/** Has the registry answer paths that contain a part with a status. */
function breakPaths(scene: Scene, part: string, status = 503): void {
  scene.registry.intercept = (_, path) =>
    path.includes(part) ? new Response(null, { status }) : undefined
}

describe('hole 9: an outage counted as "unsigned"', () => {
  test.each([
    ['the tag', '/manifests/1'],
    ['the signature tag', '.sig'],
    ['the referrers', '/referrers/'],
  ])('of %s', async (_, part) => {
    const scene = new Scene()
    breakPaths(scene, part)
    expect(await scene.judge()).toStartWith(
      `UNAVAILABLE_STATUS: ${scene.registry.host} answers with HTTP 503`,
    )
  })

  test('and whoever waits for either registry of an image can tell what it failed with', async () => {
    const [scene, signatures] = [new Scene(), new Scene()]
    const repository = { registry: signatures.registry.host, repository: 'signatures' }
    const validator = scene.createValidator({ repository })
    const image = parseReference(scene.image)
    await scene.judgeBy(validator)
    expect(validator.lastFailure?.(image)).toBeUndefined()
    breakPaths(signatures, '.sig')
    await scene.judgeBy(validator)
    const told = `${signatures.registry.host} answers with HTTP 503`
    expect(validator.lastFailure?.(image)?.message).toStartWith(told)
    const other = scene.createValidator({ repository })
    breakPaths(scene, '/manifests/1')
    await scene.judgeBy(other)
    expect(other.lastFailure?.(image)?.message).toStartWith(`${scene.registry.host} answers`)
    expect(other.lastFailure?.(parseReference('elsewhere.example/app:1'))).toBeUndefined()
  })

  test('of a signature that might have counted', async () => {
    const scene = new Scene()
    const { store, digest, mallory, alice } = scene
    const layer = signedLayer(store, digest, alice)
    writeSignatureTag(store, digest, [signedLayer(store, digest, mallory), layer])
    breakPaths(scene, layer.digest, 500)
    expect(await scene.judge()).toStartWith('UNAVAILABLE_STATUS')
  })

  test('and a registry that refuses is the operator’s to talk to', async () => {
    const scene = new Scene()
    breakPaths(scene, '.sig', 403)
    expect(await scene.judge()).toStartWith('MISCONFIGURED_CREDENTIALS')
  })

  test('but what counts counts, though the other place is broken', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    attachBundle(store, digest, keyBundle(digest, alice))
    breakPaths(scene, '.sig', 400)
    expect(await scene.judge()).toBe(digest)
  })

  test('a definite denial needs an answer of both places', async () => {
    const scene = new Scene()
    const { store, digest, mallory } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, mallory)])
    expect(await scene.judge()).toStartWith('UNTRUSTED_SIGNATURE')
    breakPaths(scene, '/referrers/', 500)
    expect(await scene.judge()).toStartWith('UNAVAILABLE_STATUS')
  })
})
