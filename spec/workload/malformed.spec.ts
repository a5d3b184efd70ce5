import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { findImages } from '../../src/workload/images.ts'
import { podSpecPath } from '../../src/workload/kinds.ts'

const deployment = (podSpec: unknown) => ({ spec: { template: { spec: podSpec } } })
const A = { image: 'a' }

describe('hole 10: an object of a known kind that does not parse is refused with its place', () => {
  test.each([
    ['no spec', {}, 'spec is missing, it must be an object'],
    ['no pod spec', deployment(undefined), 'spec.template.spec is missing, it must be an object'],
    ['a null pod spec', deployment(null), 'spec.template.spec is null, it must be an object'],
    [
      'no containers',
      deployment({}),
      'spec.template.spec.containers lists no container, it must list at least one',
    ],
    [
      'an empty list of containers',
      deployment({ containers: [], initContainers: [A] }),
      'spec.template.spec.containers lists no container, it must list at least one',
    ],
    [
      'containers that are a string',
      deployment({ containers: 'a' }),
      'spec.template.spec.containers is of type string, it must be a list',
    ],
    [
      'containers that are an object',
      deployment({ containers: { 0: A, length: 1 } }),
      'spec.template.spec.containers is of type object, it must be a list',
    ],
    [
      'a container that is null',
      deployment({ containers: [A, null] }),
      'spec.template.spec.containers[1] is null, it must be an object',
    ],
    [
      'a container that is a list',
      deployment({ containers: [[A]] }),
      'spec.template.spec.containers[0] is a list, it must be an object',
    ],
    [
      'a container without image',
      deployment({ containers: [A, {}] }),
      'spec.template.spec.containers[1].image is missing, it must be a text',
    ],
    [
      'an image that is a number',
      deployment({ containers: [A], initContainers: [{ image: 1 }] }),
      'spec.template.spec.initContainers[0].image is of type number, it must be a text',
    ],
    [
      'an empty image',
      deployment({ containers: [{ image: '' }] }),
      'spec.template.spec.containers[0].image is empty',
    ],
    [
      'an image volume that is a string',
      deployment({ containers: [A], volumes: [{ image: 'v' }] }),
      'spec.template.spec.volumes[0].image is of type string, it must be an object',
    ],
    [
      'an image volume without reference',
      deployment({ containers: [A], volumes: [{ image: {} }] }),
      'spec.template.spec.volumes[0].image.reference is missing, it must be a text',
    ],
  ])('%s', (_, object, message) => {
    expect(() => findImages('apps', 'Deployment', object)).toThrow(new SyntaxError(message))
  })

  test('an object that is none', () => {
    for (const object of [undefined, null, 1, 'pod', []]) {
      expect(() => findImages('', 'Pod', object)).toThrow(
        /^the object is .*, it must be an object$/,
      )
    }
  })

  test('a CronJob without a pod template', () => {
    expect(() => findImages('batch', 'CronJob', { spec: { jobTemplate: {} } })).toThrow(
      new SyntaxError('spec.jobTemplate.spec is missing, it must be an object'),
    )
  })
})

test('what an object inherits, or hides behind `__proto__`, is not read', () => {
  const hidden: unknown = JSON.parse('{"__proto__": {"spec": {"containers": [{"image": "a"}]}}}')
  const inherited: unknown = Object.create({ spec: { containers: [A] } })
  for (const object of [hidden, inherited]) {
    expect(() => findImages('', 'Pod', object)).toThrow('spec is missing')
  }
  const pod: unknown = JSON.parse(
    '{"spec": {"__proto__": {"initContainers": [{"image": "b"}]}, "containers": [{"image": "a"}]}}',
  )
  expect(findImages('', 'Pod', pod)).toEqual([{ image: 'a', path: '/spec/containers/0/image' }])
})

test('no JSON value gets anything but images or a SyntaxError, in any place', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('Pod', 'CronJob'),
      fc.jsonValue(),
      fc.nat(5),
      (kind, value, depth) => {
        const group = kind === 'Pod' ? '' : 'batch'
        const path = [...(podSpecPath(group, kind) ?? []), 'containers'].slice(0, depth)
        const object = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
        try {
          expect(findImages(group, kind, object).length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
      },
    ),
  )
})
