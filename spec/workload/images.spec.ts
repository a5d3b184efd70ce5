import { describe, expect, test } from 'bun:test'
import { findImages } from '../../src/workload/images.ts'
import { podSpecPath } from '../../src/workload/kinds.ts'

const POD_SPEC = { containers: [{ name: 'a', image: 'r.io/a:1' }] }
const TEMPLATE = { spec: { template: { spec: POD_SPEC } } }

describe('every kind that makes pods is read where it keeps its pod spec', () => {
  test.each([
    ['', 'Pod', { spec: POD_SPEC }, '/spec/containers/0/image'],
    ['', 'ReplicationController', TEMPLATE, '/spec/template/spec/containers/0/image'],
    ['apps', 'ReplicaSet', TEMPLATE, '/spec/template/spec/containers/0/image'],
    ['apps', 'Deployment', TEMPLATE, '/spec/template/spec/containers/0/image'],
    ['apps', 'DaemonSet', TEMPLATE, '/spec/template/spec/containers/0/image'],
    ['apps', 'StatefulSet', TEMPLATE, '/spec/template/spec/containers/0/image'],
    ['batch', 'Job', TEMPLATE, '/spec/template/spec/containers/0/image'],
    [
      'batch',
      'CronJob',
      { spec: { jobTemplate: TEMPLATE } },
      '/spec/jobTemplate/spec/template/spec/containers/0/image',
    ],
  ])('%s/%s', (group, kind, object, path) => {
    expect(findImages(group, kind, object)).toEqual([{ image: 'r.io/a:1', path }])
  })

  test('a kind of the same name in another group is not ours', () => {
    expect(podSpecPath('batch.volcano.sh', 'Job')).toBeUndefined()
    expect(podSpecPath('', 'ConfigMap')).toBeUndefined()
    expect(podSpecPath('', 'constructor')).toBeUndefined()
    expect(() => findImages('batch.volcano.sh', 'Job', TEMPLATE)).toThrow(
      new SyntaxError('kind "Job" of group "batch.volcano.sh" has no pod spec'),
    )
  })
})

describe('hole 11: image volumes and ephemeral containers are seen', () => {
  const pod = {
    spec: {
      containers: [{ image: 'c0' }, { image: 'c1' }],
      initContainers: [{ image: 'i0' }],
      ephemeralContainers: [{ image: 'e0' }],
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'w', image: { reference: 'v1' } },
      ],
    },
  }

  test('every list of a pod spec counts, with the pointer to each string', () => {
    expect(findImages('', 'Pod', pod)).toEqual([
      { image: 'c0', path: '/spec/containers/0/image' },
      { image: 'c1', path: '/spec/containers/1/image' },
      { image: 'i0', path: '/spec/initContainers/0/image' },
      { image: 'e0', path: '/spec/ephemeralContainers/0/image' },
      { image: 'v1', path: '/spec/volumes/1/image/reference' },
    ])
  })

  test('a volume whose image is null is no image volume', () => {
    const spec = { ...POD_SPEC, volumes: [{ image: null }] }
    expect(findImages('', 'Pod', { spec })).toHaveLength(1)
  })
})

test('null and absent lists are empty', () => {
  const spec = { ...POD_SPEC, initContainers: null, volumes: null }
  expect(findImages('', 'Pod', { spec })).toHaveLength(1)
})

test('an object lists at most 1000 images, of all lists together', () => {
  const lists = (count: number) => ({
    spec: {
      containers: Array.from({ length: 500 }, () => ({ image: 'a' })),
      initContainers: Array.from({ length: count }, () => ({ image: 'a' })),
    },
  })
  expect(findImages('', 'Pod', lists(500))).toHaveLength(1000)
  expect(() => findImages('', 'Pod', lists(501))).toThrow(
    new SyntaxError('the object lists 1001 images, more than 1000'),
  )
})
