import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { KubeClient } from '../../src/cluster/client.ts'
import { ClusterError } from '../../src/cluster/cluster-error.ts'
import { findCluster as connectTo } from '../../src/cluster/connect.ts'
import { ClusterOwners } from '../../src/cluster/owners.ts'
import type { Resource } from '../../src/cluster/resource.ts'
import { createCertificateAuthority } from '../support/certificate.ts'
import { replicaSet } from '../support/workload.ts'
import { API_SERVER } from './cluster/addresses.ts'
import { type Cluster, findCluster } from './cluster/cluster.ts'

setDefaultTimeout(180_000)

const MAPS: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
}
const SETS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  namespaced: true,
}
const NAMESPACE = 'client'
const nameOf = (name: string) => ({ namespace: NAMESPACE, name })
const map = (name: string, data: Readonly<Record<string, string>> = {}) => ({
  metadata: nameOf(name),
  data,
})
const IMAGE = `registry.example/app@sha256:${'a'.repeat(64)}`

let cluster: Cluster
let admin: KubeClient
let folder: string

beforeAll(async () => {
  cluster = await findCluster()
  folder = join(cluster.folder, 'client')
  await mkdir(folder, { recursive: true })
  await cluster.kubectl.run(`create namespace ${NAMESPACE}`)
  const { cert, key } = cluster.pki.admin
  admin = await connect({
    'client-certificate-data': toBase64(cert),
    'client-key-data': toBase64(key),
  })
})
afterAll(() => cluster.kubectl.run(`delete namespace ${NAMESPACE} --wait=false`))

const toBase64 = (text: string) => Buffer.from(text).toString('base64')

/** Connects by a kubeconfig of one user. */
async function connect(user: object, server: object = {}): Promise<KubeClient> {
  const file = join(folder, 'kubeconfig')
  const address = {
    server: `https://${API_SERVER.host}:${API_SERVER.port}`,
    'certificate-authority': cluster.pki.ca,
    ...server,
  }
  const config = {
    'current-context': 'spec',
    contexts: [{ name: 'spec', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: address }],
    users: [{ name: 'u', user }],
  }
  await Bun.write(file, JSON.stringify(config))
  const connection = connectTo({
    kubeconfig: file,
    environment: process.env,
    interactive: false,
    report: () => {},
  })
  if (connection === undefined) throw new Error('no cluster')
  return new KubeClient({ connection, report: () => {} })
}

/** Tells how a call ended: `ok`, or the code of its error. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'ok'
  } catch (error) {
    if (error instanceof ClusterError) return error.code
    throw error
  }
}

describe('the real API server and our client agree', () => {
  test('on what is there, what is in conflict and what is wrong', async () => {
    const first = await admin.create(MAPS, map('one', { a: '1' }))
    expect(await outcomeOf(admin.create(MAPS, map('one')))).toBe('ALREADY_EXISTS')
    const second = await admin.replace(MAPS, { ...first, data: { a: '2' } })
    expect(await outcomeOf(admin.replace(MAPS, first))).toBe('CONFLICT')
    expect(await outcomeOf(admin.create(MAPS, { ...map('two'), dota: {} }))).toBe('INVALID')
    expect(await outcomeOf(admin.get(MAPS, nameOf('two')))).toBe('NOT_FOUND')
    const { uid } = second.metadata
    const name = nameOf('one')
    expect(await outcomeOf(admin.delete(MAPS, name, { uid: 'another' }))).toBe('CONFLICT')
    expect(await outcomeOf(admin.delete(MAPS, name, { uid }))).toBe('ok')
  })

  test('on whose a field is', async () => {
    await admin.apply(MAPS, map('shared', { a: '1' }), { fieldManager: 'somebody' })
    expect(await outcomeOf(admin.apply(MAPS, map('shared', { a: '2' })))).toBe('CONFLICT')
    const taken = await admin.apply(MAPS, map('shared', { a: '2' }), { force: true })
    expect(taken['data']).toEqual({ a: '2' })
  })
})

describe('who we are', () => {
  const list = (client: KubeClient) => outcomeOf(client.list(MAPS, { namespace: NAMESPACE }))

  test('is a token, from a kubeconfig or from a plugin, with its rights and no more', async () => {
    const ofNamespace = `--namespace=${NAMESPACE}`
    const { kubectl } = cluster
    await kubectl.run(`${ofNamespace} create serviceaccount reader`)
    const token = (await kubectl.run(`${ofNamespace} create token reader`)).trim()
    const client = await connect({ token })
    expect(await list(client)).toBe('FORBIDDEN')
    await kubectl.run(`${ofNamespace} create role reader --verb=list --resource=configmaps`)
    const account = `--serviceaccount=${NAMESPACE}:reader`
    await kubectl.run(`${ofNamespace} create rolebinding reader --role=reader ${account}`)
    expect(await list(client)).toBe('ok')
    expect(await outcomeOf(client.create(MAPS, map('x')))).toBe('FORBIDDEN')
    const apiVersion = 'client.authentication.k8s.io/v1'
    const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } })
    await Bun.write(join(folder, 'plugin'), `#!/bin/sh\necho '${answer}'\n`)
    await chmod(join(folder, 'plugin'), 0o755)
    const exec = { apiVersion, command: './plugin', interactiveMode: 'Never' }
    expect(await list(await connect({ exec }))).toBe('ok')
    expect(await list(await connect({ token: `${token}x` }))).toBe('UNAUTHORIZED')
    expect(await list(await connect({}))).toBe('FORBIDDEN')
  })

  test('is told to the right API server only', async () => {
    const stranger = await createCertificateAuthority('a stranger')
    const ca = { 'certificate-authority-data': toBase64(stranger.cert) }
    expect(await list(await connect({ token: 'x' }, ca))).toBe('UNAVAILABLE')
    const named = (name: string) => connect({ token: 'x' }, { 'tls-server-name': name })
    expect(await list(await named('evil.example'))).toBe('UNAVAILABLE')
    expect(await list(await named('kubernetes.default'))).toBe('UNAUTHORIZED')
  })
})

test('a controller approves as long as it is there and not being deleted', async () => {
  const { spec } = replicaSet(IMAGE)
  const metadata = { ...nameOf('app'), finalizers: ['spec.example/wait'] }
  const made = await admin.create(SETS, { metadata, spec: { ...spec, replicas: 0 } })
  const { uid } = made.metadata
  const owners = new ClusterOwners(admin, () => {})
  const owner = { ...SETS, ...nameOf('app') }
  const find = (of: string) =>
    owners.findImages({ ...owner, uid: of }, new AbortController().signal)
  expect(await find(uid)).toContain(IMAGE)
  expect(await find('another')).toBeUndefined()
  await admin.delete(SETS, nameOf('app'), { uid })
  expect(await find(uid)).toBeUndefined()
  const patch = `--type=merge --patch={"metadata":{"finalizers":null}}`
  await cluster.kubectl.run(`--namespace=${NAMESPACE} patch replicaset app ${patch}`)
})

describe('a watch', () => {
  test('goes on over an API server that is killed and comes back', async () => {
    const end = new AbortController()
    const selection = { namespace: NAMESPACE, labelSelector: 'watched=yes' }
    const events = admin.watch(MAPS, selection, end.signal)[Symbol.asyncIterator]()
    const make = (name: string) =>
      admin.create(MAPS, { metadata: { ...nameOf(name), labels: { watched: 'yes' } } })
    const next = async () => {
      const result = await events.next()
      if (result.done === true) return []
      const objects = result.value.kind === 'listed' ? result.value.objects : [result.value.object]
      return objects.map(({ metadata }) => metadata.name)
    }
    expect(await next()).toEqual([])
    await make('before')
    expect(await next()).toEqual(['before'])
    const after = next()
    const pid = await Bun.file(join(cluster.folder, 'control-plane/kube-apiserver.pid')).text()
    process.kill(Number(pid), 'SIGKILL')
    // Whoever is not there yet is asked again; what a lost answer had made is there already.
    while (!/^(?:ok|ALREADY_EXISTS)$/.test(await outcomeOf(make('after')))) await Bun.sleep(200)
    expect(await after).toContain('after')
    end.abort()
  })
})
