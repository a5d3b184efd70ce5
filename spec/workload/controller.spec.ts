import { describe, expect, test } from 'bun:test'
import { findController } from '../../src/workload/controller.ts'
import { pod } from '../support/workload.ts'

const OWNER = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'app-7d4b9',
  uid: '6d9d7a0c-3a52-4a0b-8a5e-2b7d0f3c9e11',
  controller: true,
  blockOwnerDeletion: true,
}
const child = (...owners: readonly unknown[]) => pod('app:1', { ownerReferences: owners })

describe('the controller of an object', () => {
  test('is the one owner that says so', () => {
    const { kind, name, uid } = OWNER
    const found = { group: 'apps', version: 'v1', kind, name, uid }
    expect(findController(child(OWNER))).toEqual(found)
    const helper = { ...OWNER, kind: 'Job', apiVersion: 'batch/v1', controller: false }
    expect(findController(child(helper, OWNER, { ...helper, controller: undefined }))).toEqual(
      found,
    )
  })

  test.each([
    ['v1', 'ReplicationController'],
    ['apps/v1', 'ReplicaSet'],
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'DaemonSet'],
    ['apps/v1', 'StatefulSet'],
    ['batch/v1', 'Job'],
    ['batch/v1', 'CronJob'],
  ])('may be a %s %s', (apiVersion, kind) => {
    expect(findController(child({ ...OWNER, apiVersion, kind }))).toMatchObject({ kind })
  })
})

describe('there is no controller', () => {
  test.each<[string, unknown]>([
    ['without owners', pod('app:1')],
    ['where no owner controls', child({ ...OWNER, controller: false })],
    ['where the flag is a text', child({ ...OWNER, controller: 'true' })],
    ['where two control', child(OWNER, { ...OWNER, uid: 'other' })],
    ['of more owners than any object has', child(OWNER, ...Array(100).fill({ kind: 'x' }))],
    ['where the owners are no list', pod('app:1', { ownerReferences: { 0: OWNER } })],
    ['where an owner is no object', child(OWNER, 7)],
    ['without uid', child({ ...OWNER, uid: undefined })],
    ['with an empty name', child({ ...OWNER, name: '' })],
    ['where the object is none', 7],
  ])('%s', (_, object) => {
    expect(findController(object)).toBeUndefined()
  })

  test.each([
    ['batch.volcano.sh/v1alpha1', 'Job'],
    ['apps.openshift.io/v1', 'Deployment'],
    ['apps/v1beta1', 'Deployment'],
    ['v1', 'ReplicaSet'],
    ['apps/v1/', 'ReplicaSet'],
    ['apps', 'v1/ReplicaSet'],
    ['v1', 'Pod'],
    ['v1', 'Node'],
    ['argoproj.io/v1alpha1', 'Rollout'],
  ])('of another kind: %s %s', (apiVersion, kind) => {
    expect(findController(child({ ...OWNER, apiVersion, kind }))).toBeUndefined()
  })
})
