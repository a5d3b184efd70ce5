import { expect, test } from 'bun:test'
import { admissionReview } from '../support/admission-review.ts'
import { deployment, pod, WORKLOADS } from '../support/workload.ts'

test('a review names kind, resource, name and namespace of its object', () => {
  const object = deployment('acme/app:1', { name: 'web', namespace: 'shop' })
  const { request } = admissionReview({ object, uid: 'u-1', operation: 'UPDATE' })
  expect(request).toMatchObject({
    uid: 'u-1',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    name: 'web',
    namespace: 'shop',
    operation: 'UPDATE',
    options: { kind: 'UpdateOptions' },
  })
})

test('a review of a subresource names it twice', () => {
  const object = pod({ containers: ['a'], ephemeral: ['b'] })
  const { request } = admissionReview({ object, subResource: 'ephemeralcontainers' })
  expect(request).toMatchObject({
    subResource: 'ephemeralcontainers',
    requestSubResource: 'ephemeralcontainers',
  })
})

test('a review of a Deployment is about 3 KB', () => {
  const bytes = JSON.stringify(admissionReview({ object: deployment(['acme/app:1']) })).length
  expect(bytes).toBeGreaterThan(2500)
  expect(bytes).toBeLessThan(4000)
})

test.each(Object.entries(WORKLOADS))('a %s holds its images wherever they stand', (kind, build) => {
  const images = { containers: ['a/a', 'a/b'], init: ['a/c'], ephemeral: ['a/d'], volumes: ['a/e'] }
  const object = build(images)
  expect(object.kind).toBe(kind)
  const found = JSON.stringify(object).match(/(?<="(?:image|reference)":")[^"]*/g)
  expect(found?.sort()).toEqual(['a/a', 'a/b', 'a/c', 'a/d', 'a/e'])
})
