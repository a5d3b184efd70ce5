import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createReachability } from '../../../src/cluster/registration/reachable.ts'
import type { KubeServer } from '../../support/kube/server.ts'
import { makeClient, startServer } from '../fixture.ts'

const PATH = '/apis/discovery.k8s.io/v1/namespaces/ours/endpointslices'

let server: KubeServer
let nowMs: number
beforeEach(() => {
  server = startServer()
  nowMs = 0
})
afterEach(() => server.stop())

const open = () =>
  createReachability(makeClient(server), { name: 'svc', namespace: 'ours' }, () => nowMs)

function put(name: string, service: string, endpoints: unknown): void {
  server.store.put(`${PATH}/${name}`, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'ours', labels: { 'kubernetes.io/service-name': service } },
    endpoints,
  })
}

test('a Service is reachable when one of its endpoints has been ready for a moment', async () => {
  const isReachable = open()
  expect(await isReachable()).toBe(false)
  put('a', 'svc', [{ conditions: { ready: false } }])
  put('b', 'svc', [{ conditions: { ready: true } }])
  expect(await isReachable()).toBe(false)
  nowMs = 2999
  expect(await isReachable()).toBe(false)
  nowMs = 3000
  expect(await isReachable()).toBe(true)
})

test.each([
  ['has no endpoint', 'svc', null],
  ['has endpoints that are not ready', 'svc', [{ conditions: { ready: false } }]],
  ['is not ours', 'other', [{ conditions: { ready: true } }]],
])('a Service that %s is not reachable', async (_, service, endpoints) => {
  const isReachable = open()
  put('a', service, endpoints)
  await isReachable()
  nowMs = 60_000
  expect(await isReachable()).toBe(false)
})

test('a Service whose endpoint was away has to be ready for a moment again', async () => {
  const isReachable = open()
  put('a', 'svc', [{}])
  await isReachable()
  put('a', 'svc', [])
  await isReachable()
  put('a', 'svc', [{}])
  nowMs = 60_000
  expect(await isReachable()).toBe(false)
})
