import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { AdmissionStream } from './cluster/admission-stream.ts'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { NAMESPACE, Release, renderValues } from './cluster/release.ts'
import { openShop, type Shop, SIGNED, UNSIGNED } from './cluster/shop.ts'
import { findWebhook } from './cluster/webhook-registration.ts'
import { waitUntil } from './support/process.ts'

setDefaultTimeout(300_000)

const PATIENCE_MS = 120_000
const namespace = 'configuration'
const OTHER = 'registry.example/other/app:1'

let cluster: Cluster
let shop: Shop

beforeAll(async () => {
  cluster = await findCluster()
  shop = await openShop()
  await cluster.kubectl.run(`create namespace ${namespace}`)
})
afterAll(async () => {
  await cluster?.kubectl.run(`delete namespace ${namespace} --timeout=180s`)
  shop?.notary.stop()
})

/** What `kubectl run --dry-run=server` says of an image. */
function tryRun(image: string, where = namespace) {
  const flags = [`--namespace=${where}`, '--dry-run=server']
  return cluster.kubectl.try(['run', 'one', ...flags, `--image=${image}`])
}

function waitForRun(image: string, exitCode: number, where = namespace): Promise<void> {
  const isSo = async () => (await tryRun(image, where)).exitCode === exitCode
  return waitUntil(isSo, `exit code ${exitCode} for ${image}`, PATIENCE_MS)
}

function podNames(): Promise<string> {
  return cluster.kubectl.run(`get pods --namespace=${NAMESPACE} --output=name`)
}

describe('a change of the configuration', () => {
  let release: Release
  let pods: string

  beforeAll(async () => {
    release = await Release.install(cluster, renderValues(shop))
    pods = await podNames()
  })
  afterAll(() => release?.clear())

  test('that is good counts without a restart and without a request lost', async () => {
    expect((await tryRun(OTHER)).exitCode).toBe(1)
    const stream = new AdmissionStream(cluster.api, namespace)
    const policy = [{ pattern: 'registry.example/other/*:*', validator: 'allow' }]
    await release.upgrade(renderValues(shop, { policy }))
    await waitForRun(OTHER, 0)
    expect(await stream.stop()).toMatchObject({ lost: [], unchecked: [] })
    expect(await podNames()).toBe(pods)
  })

  test('that is bad changes nothing, and /ready tells of it', async () => {
    const body = JSON.stringify({ stringData: { 'config.yaml': 'validators: none\n' } })
    const secret = `secret/connaisseur-app-config --namespace=${NAMESPACE}`
    await cluster.kubectl.run(`patch ${secret} --patch=${body.replaceAll(' ', '\\u0020')}`)
    const address = await cluster.kubectl.run(
      `get service/connaisseur-svc --namespace=${NAMESPACE} --output=jsonpath={.spec.clusterIP}`,
    )
    const tells = async () => {
      const answer = await fetch(`https://${address}/ready`, { tls: { rejectUnauthorized: false } })
      const text = await answer.text()
      return answer.status === 200 && /validators/.test(text)
    }
    await waitUntil(tells, '/ready to tell of the bad configuration', PATIENCE_MS)
    expect((await tryRun(OTHER)).exitCode).toBe(0)
    expect((await tryRun(SIGNED)).exitCode).toBe(0)
    expect((await tryRun(UNSIGNED)).exitCode).toBe(1)
    expect(await podNames()).toBe(pods)
  })

  test('to detection mode admits what is unsigned, and kubectl shows a warning', async () => {
    await release.upgrade(renderValues(shop, { features: { detectionMode: true } }))
    await waitForRun(UNSIGNED, 0)
    const { stderr } = await tryRun(UNSIGNED)
    expect(stderr).toContain('Warning:')
    expect(stderr).toContain('UNTRUSTED_NOT_SIGNED')
    expect(await podNames()).toBe(pods)
  })

  test('to namespaces that ask for it leaves the others alone', async () => {
    const label = 'securesystemsengineering.connaisseur/webhook=validate'
    await cluster.kubectl.run('create namespace asking')
    await cluster.kubectl.run(`label namespace asking ${label}`)
    await waitUntil(
      async () =>
        (await cluster.kubectl.try(['get', 'serviceaccount/default', '--namespace=asking']))
          .exitCode === 0,
      'the default service account',
      PATIENCE_MS,
    )
    const features = { namespacedValidation: { mode: 'validate' } }
    await release.upgrade(renderValues(shop, { features }))
    await waitForRun(UNSIGNED, 0)
    await waitForRun(UNSIGNED, 1, 'asking')
    await cluster.kubectl.run('delete namespace asking --timeout=120s')
  })
})

test('a start with a broken configuration says why, and blocks nothing', async () => {
  const policy = [{ pattern: 'registry.example/other/*:*', validator: 'nobody' }]
  const release = await Release.installAtOnce(cluster, renderValues(shop, { policy }))
  const path = '{.items[*].status.containerStatuses[*].lastState.terminated.message}'
  const command = ['get', 'pods', `--namespace=${NAMESPACE}`, `--output=jsonpath=${path}`]
  await waitUntil(
    async () => (await cluster.kubectl.try(command)).stdout.includes('nobody'),
    'the reason in the termination message',
    PATIENCE_MS,
  )
  expect(await findWebhook(cluster)).toBeUndefined()
  expect((await tryRun(UNSIGNED)).exitCode).toBe(0)
  await release.clear()
})
