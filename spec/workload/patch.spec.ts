import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { applyPatch } from 'fast-json-patch'
import { findImages } from '../../src/workload/images.ts'
import { replaceImages } from '../../src/workload/patch.ts'

test('only images whose replacement differs are patched', () => {
  const uses = [
    { image: 'a', path: '/spec/containers/0/image' },
    { image: 'b', path: '/spec/containers/1/image' },
    { image: 'c', path: '/spec/containers/2/image' },
  ]
  const replacements = new Map([
    ['a', 'a@sha256:1'],
    ['b', 'b'],
  ])
  expect(replaceImages(uses, (image) => replacements.get(image))).toEqual([
    { op: 'replace', path: '/spec/containers/0/image', value: 'a@sha256:1' },
  ])
})

const extra = fc.dictionary(fc.constantFrom('name', 'a/b', 'm~n', '~1', 'env'), fc.jsonValue())
const image = fc.constantFrom<string[]>('a', 'b:1', 'c@sha256:2')
const container = fc.tuple(extra, image).map(([rest, text]) => ({ ...rest, image: text }))
const volume = fc.tuple(extra, fc.option(image)).map(([rest, text]) => ({
  ...rest,
  image: text === null ? null : { pullPolicy: 'Always', reference: text },
}))
const podSpec = fc
  .record({
    rest: extra,
    containers: fc.array(container, { minLength: 1, maxLength: 4 }),
    initContainers: fc.option(fc.array(container, { maxLength: 3 })),
    ephemeralContainers: fc.option(fc.array(container, { maxLength: 3 })),
    volumes: fc.option(fc.array(volume, { maxLength: 3 })),
  })
  .map(({ rest, ...lists }) => ({ ...rest, ...lists }))

/** Puts a marker into every image string, by the text of the documentation and not by our paths. */
function pinByHand(spec: typeof podSpec extends fc.Arbitrary<infer T> ? T : never) {
  const pin = (item: (typeof spec.containers)[number]) => ({ ...item, image: `${item.image}!` })
  return {
    ...spec,
    containers: spec.containers.map(pin),
    initContainers: spec.initContainers?.map(pin) ?? null,
    ephemeralContainers: spec.ephemeralContainers?.map(pin) ?? null,
    volumes:
      spec.volumes?.map((item) =>
        item.image === null
          ? item
          : { ...item, image: { ...item.image, reference: `${item.image.reference}!` } },
      ) ?? null,
  }
}

test('a patch applied changes every image string and nothing else (RFC 6902)', () => {
  fc.assert(
    fc.property(podSpec, extra, (spec, metadata) => {
      const object = { metadata, spec: { template: { metadata, spec } } }
      const operations = replaceImages(
        findImages('apps', 'Deployment', object),
        (text) => `${text}!`,
      )
      const { newDocument } = applyPatch(structuredClone(object), [...operations], true)
      expect(newDocument).toEqual({
        metadata,
        spec: { template: { metadata, spec: pinByHand(spec) } },
      })
    }),
    { numRuns: 300 },
  )
})
