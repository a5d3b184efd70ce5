import { afterEach, describe, expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import {
  attachBundle,
  keyBundle,
  pushImage,
  signedLayer,
  writeReferrersTag,
  writeSignatureTag,
} from '../../support/cosign/shelf.ts'
import { endScenes, NAME, NOW, Scene, verdictOf } from './scene.ts'

afterEach(endScenes)

const later = (ms: number) => new Date(NOW.getTime() + ms)

describe('a verdict costs the registry', () => {
  test('three requests for a signature at its tag, with nothing known', async () => {
    const scene = new Scene()
    const { store, digest, alice } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    expect((await scene.cost(() => scene.judge())).length).toBe(3)
  })

  test('three for a bundle of an image that is pinned, where others of its repository were found', async () => {
    const scene = new Scene()
    const { store, alice, digest, registry } = scene
    const second = pushImage(registry, NAME, '2')
    for (const each of [digest, second]) attachBundle(store, each, keyBundle(each, alice))
    const validator = scene.createValidator()
    expect((await scene.cost(() => verdictOf(validator, scene.image))).length).toBe(5)
    const pinned = `${registry.host}/${NAME}@${second}`
    expect((await scene.cost(() => verdictOf(validator, pinned))).length).toBe(3)
  })

  test('the same without the referrers API, once that is known', async () => {
    const scene = new Scene({ referrersApi: false })
    const { store, alice, digest, registry } = scene
    const second = pushImage(registry, NAME, '2')
    for (const each of [digest, second]) {
      attachBundle(store, each, keyBundle(each, alice))
      writeReferrersTag(store, each)
    }
    const validator = scene.createValidator()
    await verdictOf(validator, scene.image)
    const pinned = `${registry.host}/${NAME}@${second}`
    expect((await scene.cost(() => verdictOf(validator, pinned))).length).toBe(3)
  })

  test('one, where only the tag must be resolved again; none, where the image is pinned', async () => {
    const scene = new Scene()
    const { store, alice, digest, registry } = scene
    attachBundle(store, digest, keyBundle(digest, alice))
    const validator = scene.createValidator({ freshMs: 30_000 })
    await verdictOf(validator, scene.image)
    const again = () => verdictOf(validator, scene.image, later(29_999))
    expect(await scene.cost(again)).toEqual([`HEAD /v2/${NAME}/manifests/1`])
    const pinned = () => verdictOf(validator, `${registry.host}/${NAME}@${digest}`)
    expect(await scene.cost(pinned)).toEqual([])
  })

  test('as much where each step is told of, and all anew to those who do not hear how old it is', async () => {
    const scene = new Scene()
    const { store, alice, digest } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    const validator = scene.createValidator({ freshMs: 30_000 })
    await verdictOf(validator, scene.image)
    const heard: Date[] = []
    const asking = { now: NOW, signal: AbortSignal.timeout(1000), trace: () => {} }
    const noteKnownSince = (since: Date) => void heard.push(since)
    const image = parseReference(scene.image)
    const traced = async () => validator.validate(image, { ...asking, noteKnownSince })
    expect((await scene.cost(traced)).length).toBe(1)
    expect(heard).toEqual([NOW])
    const explained = async () => validator.validate(image, asking)
    expect((await scene.cost(explained)).length).toBe(2)
  })

  test('the lists alone, after that: content is known by its digest', async () => {
    const scene = new Scene()
    const { store, alice, digest } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    const validator = scene.createValidator({ freshMs: 30_000 })
    await verdictOf(validator, scene.image)
    const again = () => verdictOf(validator, scene.image, later(30_000))
    expect((await scene.cost(again)).length).toBe(2)
  })
})

describe('a signature that is removed is noticed', () => {
  test.each(['signature tag', 'referrers'])('at once, without a cache (%s)', async (place) => {
    const scene = new Scene()
    const { store, alice, digest } = scene
    if (place === 'referrers') attachBundle(store, digest, keyBundle(digest, alice))
    else writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    const validator = scene.createValidator()
    expect(await verdictOf(validator, scene.image)).toBe(digest)
    store.tags.delete(`${digest.replace(':', '-')}.sig`)
    for (const each of store.listReferrers(digest)) store.manifests.delete(each.digest)
    expect(await verdictOf(validator, scene.image)).toStartWith('UNTRUSTED_NOT_SIGNED')
  })

  test('when the time of the cache is over, with one', async () => {
    const scene = new Scene()
    const { store, alice, digest } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    const validator = scene.createValidator({ freshMs: 30_000 })
    await verdictOf(validator, scene.image)
    store.tags.delete(`${digest.replace(':', '-')}.sig`)
    expect(await verdictOf(validator, scene.image, later(29_999))).toBe(digest)
    expect(await verdictOf(validator, scene.image, later(30_000))).toStartWith(
      'UNTRUSTED_NOT_SIGNED',
    )
    expect(await verdictOf(validator, scene.image, later(1))).toStartWith('UNTRUSTED_NOT_SIGNED')
  })
})

test('a signature that is added is noticed at once, also with a cache', async () => {
  const scene = new Scene()
  const { store, alice, digest } = scene
  const validator = scene.createValidator({ freshMs: 30_000 })
  expect(await verdictOf(validator, scene.image)).toStartWith('UNTRUSTED_NOT_SIGNED')
  attachBundle(store, digest, keyBundle(digest, alice))
  expect(await verdictOf(validator, scene.image)).toBe(digest)
})

test('a tag that moves is judged by what it stands for', async () => {
  const scene = new Scene()
  const { store, alice, digest, registry } = scene
  writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
  const validator = scene.createValidator({ freshMs: 30_000 })
  expect(await verdictOf(validator, scene.image)).toBe(digest)
  const unsigned = pushImage(registry, NAME, '1')
  expect(await verdictOf(validator, scene.image)).toStartWith(`UNTRUSTED_NOT_SIGNED: ${unsigned}`)
})
