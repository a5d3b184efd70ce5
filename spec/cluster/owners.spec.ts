import { afterEach, expect, test } from 'bun:test'
import { ClusterOwners } from '../../src/cluster/owners.ts'
import { failure, type KubeServer } from '../support/kube/server.ts'
import { replicaSet } from '../support/workload.ts'
import { clusterFailureOf, makeClient, startServer } from './fixture.ts'

const IMAGE = `registry.example/app@sha256:${'a'.repeat(64)}`
const UID = '6d9d7a0c-3a52-4a0b-8a5e-2b7d0f3c9e11'
const OWNER = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  namespace: 'shop',
  name: 'app',
  uid: UID,
}
const PATH = '/apis/apps/v1/namespaces/shop/replicasets/app'
const FOREVER = new AbortController().signal

const running: KubeServer[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.stop()
})

function serve(metadata: Readonly<Record<string, unknown>> = {}) {
  const server = startServer()
  running.push(server)
  server.store.put(PATH, replicaSet(IMAGE, { uid: UID, namespace: 'shop', ...metadata }))
  const reports: string[] = []
  const owners = new ClusterOwners(makeClient(server), (message) => void reports.push(message))
  return { server, owners, reports }
}

test('an owner is found with all images of its pod template', async () => {
  const { server, owners } = serve()
  const images = { containers: ['a:1', IMAGE], init: ['b:1'], volumes: ['c:1'] }
  server.store.put(PATH, replicaSet(images, { namespace: 'shop' }))
  const found = await owners.findImages(OWNER, FOREVER)
  expect([...(found ?? [])]).toEqual(['a:1', IMAGE, 'b:1', 'c:1'])
})

test.each<[string, Readonly<Record<string, unknown>>, Partial<typeof OWNER>]>([
  ['of another uid', {}, { uid: 'another' }],
  ['of another name', {}, { name: 'another' }],
  ['in another namespace', {}, { namespace: 'other' }],
  ['whose name is a path', {}, { name: '../../shop/replicasets/app' }],
  ['that is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }, {}],
])('an owner %s is none', async (_, metadata, other) => {
  const { owners, reports } = serve(metadata)
  expect(await owners.findImages({ ...OWNER, ...other }, FOREVER)).toBeUndefined()
  expect(reports).toEqual([])
})

test('an owner without containers is none', async () => {
  const { server, owners } = serve()
  server.store.put(PATH, { ...replicaSet([]), metadata: { namespace: 'shop' } })
  expect(await owners.findImages(OWNER, FOREVER)).toBeUndefined()
})

test('however many ask at once, one lookup is shared', async () => {
  const { server, owners } = serve()
  const asked = Array.from({ length: 50 }, () => owners.findImages(OWNER, FOREVER))
  const found = await Promise.all(asked)
  expect(found.every((images) => images?.has(IMAGE))).toBe(true)
  expect(server.requests).toHaveLength(1)
})

test('hole 5: who asks after an owner was deleted is not answered by a lookup from before', async () => {
  const { server, owners } = serve()
  const arrived = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const before = server.store.get(PATH)
  server.fault = async () => {
    arrived.resolve()
    await go.promise
    server.fault = undefined
    return Response.json(before)
  }
  const early = owners.findImages(OWNER, FOREVER)
  await arrived.promise
  server.store.put(PATH, replicaSet(IMAGE, { namespace: 'shop', deletionTimestamp: '2026-01-01' }))
  const late = owners.findImages(OWNER, FOREVER)
  go.resolve()
  expect(await early).toContain(IMAGE)
  expect(await late).toBeUndefined()
})

test('an outage rejects, and is reported once until it is over', async () => {
  const { server, owners, reports } = serve()
  server.fault = () => failure(403, 'Forbidden')
  expect(await clusterFailureOf(owners.findImages(OWNER, FOREVER))).toContain('FORBIDDEN')
  expect(await clusterFailureOf(owners.findImages(OWNER, FOREVER))).toContain('FORBIDDEN')
  server.fault = undefined
  await owners.findImages(OWNER, FOREVER)
  await owners.findImages(OWNER, FOREVER)
  expect(reports).toEqual([
    'owners cannot be looked up, every child is verified',
    'owners can be looked up again',
  ])
})
