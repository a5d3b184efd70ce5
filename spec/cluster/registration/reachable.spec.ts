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

const open = (podName?: string) => {
  const service = { name: 'svc', namespace: 'ours' }
  return createReachability(makeClient(server), service, { podName, nowMs: () => nowMs })
}

/** An endpoint that is a pod. */
const pod = (name: string, ready: boolean) => ({ conditions: { ready }, targetRef: { name } })

function put(name: string, service: string, endpoints: unknown): void {
  server.store.put(`${PATH}/${name}`, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'ours', labels: { 'kubernetes.io/service-name': service } },
    endpoints,
  })
}

test('a Service is reachable when one of its endpoints has been ready for a moment', async () => {
  const reach = open()
  expect(await reach()).toBe('leading')
  put('a', 'svc', [{ conditions: { ready: false } }])
  put('b', 'svc', [{ conditions: { ready: true } }])
  expect(await reach()).toBe('leading')
  nowMs = 2999
  expect(await reach()).toBe('leading')
  nowMs = 3000
  expect(await reach()).toBe('reachable')
})

test.each([
  ['has no endpoint', 'svc', null],
  ['has endpoints that are not ready', 'svc', [{ conditions: { ready: false } }]],
  ['is not ours', 'other', [{ conditions: { ready: true } }]],
])('a Service that %s is not reachable', async (_, service, endpoints) => {
  const reach = open()
  put('a', service, endpoints)
  await reach()
  nowMs = 60_000
  expect(await reach()).toBe('leading')
})

test('a Service whose endpoint was away has to be ready for a moment again', async () => {
  const reach = open()
  put('a', 'svc', [{}])
  await reach()
  put('a', 'svc', [])
  await reach()
  put('a', 'svc', [{}])
  nowMs = 60_000
  expect(await reach()).toBe('leading')
})

test('of several replicas one is ready first, and the others wait for the webhook', async () => {
  put('a', 'svc', [pod('one', false), pod('two', false)])
  const [one, two] = [open('one'), open('two')]
  expect([await one(), await two()]).toEqual(['leading', 'following'])
  put('a', 'svc', [pod('one', true), pod('two', false)])
  expect([await one(), await two()]).toEqual(['leading', 'following'])
  nowMs = 3000
  expect([await one(), await two()]).toEqual(['reachable', 'reachable'])
})

test('a replica that is not listed yet goes by its name', async () => {
  put('a', 'svc', [pod('two', false)])
  expect(await open('one')()).toBe('leading')
  expect(await open('zwei')()).toBe('following')
})

test('where the first one does not become ready, the others do not wait for ever', async () => {
  put('a', 'svc', [pod('one', false), pod('two', false)])
  const two = open('two')
  expect(await two()).toBe('following')
  nowMs = 19_999
  expect(await two()).toBe('following')
  nowMs = 20_000
  expect(await two()).toBe('leading')
})
