import { describe, expect, test } from 'bun:test'
import { readRequest } from '../../src/admission/request.ts'
import { deployment, pod } from '../support/workload.ts'
import { makeRequest, makeSentRequest } from './fixture.ts'

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app', uid: 'u', controller: true }

describe('of what was sent, nothing is kept while images are judged', () => {
  test('but what it is about, its images and its controller', () => {
    const heavy = Array.from({ length: 1000 }, () => ({}))
    const object = pod('app:1', { ownerReferences: [OWNER], annotations: { heavy: 'heavy' } })
    const sent = makeSentRequest({ object: { ...object, status: { heavy } }, uid: 'the-uid' })
    const kind = { ...sent.kind, heavy }
    expect(readRequest({ ...sent, kind, ...{ userInfo: { heavy } } })).toEqual({
      uid: 'the-uid',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'default',
      name: 'app',
      dryRun: false,
      workload: {
        images: {
          uses: [{ image: 'app:1', path: '/spec/containers/0/image' }],
          settled: new Set(),
          before: new Set(),
        },
        isBeingDeleted: false,
        controller: { group: 'apps', version: 'v1', kind: 'ReplicaSet', name: 'app', uid: 'u' },
      },
    })
  })
})

describe('a request has no workload', () => {
  test('where it brings no image', () => {
    expect(makeRequest({ object: pod('app:1'), operation: 'DELETE' }).workload).toBe('none')
  })

  test('where it takes a finalizer from an object that is being deleted', () => {
    const object = deployment('app:1')
    const oldObject = deployment('app:1', { deletionTimestamp: '2026-01-01T00:00:00Z' })
    expect(makeRequest({ object, oldObject, operation: 'UPDATE' }).workload).toBe('none')
  })
})
