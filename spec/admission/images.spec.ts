import { describe, expect, test } from 'bun:test'
import { concernsImages, isBeingDeleted, readImages } from '../../src/admission/images.ts'
import { pod, WORKLOADS } from '../support/workload.ts'
import { makeSentRequest } from './fixture.ts'

const POD = pod('app:1')
const kindOf = (group: string, kind: string) => ({ group, version: 'v1', kind })

describe('a request concerns us', () => {
  test.each(Object.entries(WORKLOADS))('when it creates or updates a %s', (_, build) => {
    const object = build('app:1')
    expect(concernsImages(makeSentRequest({ object }))).toBe(true)
    expect(concernsImages(makeSentRequest({ object, operation: 'UPDATE' }))).toBe(true)
  })

  test.each(['ephemeralcontainers', 'some-later-one'])('through the subresource %s', (name) => {
    expect(concernsImages(makeSentRequest({ object: POD, subResource: name }))).toBe(true)
  })

  test('in every version of a kind', () => {
    const kind = { group: 'apps', version: 'v1beta1', kind: 'Deployment' }
    expect(concernsImages(makeSentRequest({ object: {}, kind }))).toBe(true)
  })
})

describe('a request does not concern us', () => {
  test.each(['DELETE', 'CONNECT'] as const)('when it is a %s', (operation) => {
    expect(concernsImages(makeSentRequest({ object: POD, operation }))).toBe(false)
  })

  test.each(['status', 'scale', 'resize'])('through the subresource %s', (subResource) => {
    const request = makeSentRequest({ object: POD, subResource, operation: 'UPDATE' })
    expect(concernsImages(request)).toBe(false)
  })

  test.each([
    ['', 'ConfigMap'],
    ['rbac.authorization.k8s.io', 'Role'],
    ['batch.volcano.sh', 'Job'],
    ['apps', 'Pod'],
    ['', 'Deployment'],
    ['', 'pod'],
    ['', '__proto__'],
  ])('when its kind is %p %p', (group, kind) => {
    expect(concernsImages(makeSentRequest({ object: POD, kind: kindOf(group, kind) }))).toBe(false)
  })
})

describe('the images of a request', () => {
  test('are those of every container and volume, with their places', () => {
    const object = pod({ containers: ['a'], init: ['b'], ephemeral: ['c'], volumes: ['d'] })
    const { uses, before, settled } = readImages(makeSentRequest({ object }))
    expect(new Map(uses.map(({ path, image }) => [path, image]))).toEqual(
      new Map([
        ['/spec/containers/0/image', 'a'],
        ['/spec/initContainers/0/image', 'b'],
        ['/spec/ephemeralContainers/0/image', 'c'],
        ['/spec/volumes/0/image/reference', 'd'],
      ]),
    )
    expect([before.size, settled.size]).toEqual([0, 0])
  })

  test('of an UPDATE know what the old object had', () => {
    const request = makeSentRequest({ object: POD, oldObject: pod('old:1'), operation: 'UPDATE' })
    expect(readImages(request).before).toEqual(new Set(['old:1']))
  })

  test('of a CREATE owe nothing to an old object that somebody sends along', () => {
    const request = makeSentRequest({ object: POD, oldObject: POD })
    expect(readImages(request).before.size).toBe(0)
  })

  test.each([null, {}, 'text', { spec: { containers: 'text' } }])(
    'owe nothing to an old object that does not parse: %p',
    (oldObject) => {
      const request = makeSentRequest({ object: POD, oldObject, operation: 'UPDATE' })
      expect(readImages(request).before.size).toBe(0)
    },
  )

  test('are the new ones only at the subresource ephemeralcontainers', () => {
    const request = makeSentRequest({
      object: pod({ containers: ['app:1'], ephemeral: ['debug:1', 'debug:2'] }),
      oldObject: pod({ containers: ['app:1'], ephemeral: ['debug:1'] }),
      operation: 'UPDATE',
      subResource: 'ephemeralcontainers',
    })
    expect(readImages(request).uses.map(({ image }) => image)).toEqual(['debug:2'])
  })

  test('are settled where the old Pod has them and nobody can change them', () => {
    const object = pod({ containers: ['app:1'], ephemeral: ['debug:1'] })
    const request = makeSentRequest({ object, oldObject: object, operation: 'UPDATE' })
    expect([...readImages(request).settled]).toEqual(['/spec/ephemeralContainers/0/image'])
  })

  test('are not read from an object that is not valid UTF-8', () => {
    const request = { ...makeSentRequest({ object: POD }), invalidUtf8At: 'object.spec' }
    expect(() => readImages(request)).toThrow(new SyntaxError('object.spec is not valid UTF-8'))
  })
})

describe('an object is being deleted', () => {
  const deleted = pod('app:1', { deletionTimestamp: '2026-01-01T00:00:00Z' })

  test('when the old object of an UPDATE says so', () => {
    const request = makeSentRequest({ object: POD, oldObject: deleted, operation: 'UPDATE' })
    expect(isBeingDeleted(request)).toBe(true)
  })

  test('not because the new object says so, which its author may have written', () => {
    const update = makeSentRequest({ object: deleted, oldObject: POD, operation: 'UPDATE' })
    expect(isBeingDeleted(update)).toBe(false)
    expect(isBeingDeleted(makeSentRequest({ object: deleted, oldObject: deleted }))).toBe(false)
  })

  test.each([null, 'text', { metadata: null }, { metadata: { deletionTimestamp: null } }])(
    'not when the old object is %p',
    (oldObject) => {
      expect(isBeingDeleted(makeSentRequest({ object: POD, oldObject, operation: 'UPDATE' }))).toBe(
        false,
      )
    },
  )
})
