import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { AdmissionStream } from './cluster/admission-stream.ts'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { takeInventory } from './cluster/inventory.ts'
import { manifestOf } from './cluster/manifests.ts'
import { NEXT_VERSION } from './cluster/next-version.ts'
import { NAMESPACE, Release, renderChart, renderValues } from './cluster/release.ts'
import { openShop, type Shop, UNSIGNED } from './cluster/shop.ts'
import { type LogLine, readWebhookLog } from './cluster/webhook-log.ts'
import { findWebhook, waitUntilChecked } from './cluster/webhook-registration.ts'
import { waitUntil } from './support/process.ts'

setDefaultTimeout(600_000)

/** Long enough to tell that something goes on as before. */
const MORE_REQUESTS = 50
const PATIENCE_MS = 120_000

/** After it is ready, the first replica waits for 3 s. */
const REGISTERS_AFTER_MS = 3200
/** Seen to be 5 s. */
const COLLECTED_AFTER_MS = 8000

const namespace = 'release'

let cluster: Cluster
let shop: Shop
let before: readonly string[]
let stream: AdmissionStream | undefined

beforeAll(async () => {
  cluster = await findCluster()
  shop = await openShop()
  await cluster.kubectl.run(`create namespace ${namespace}`)
  await waitForServiceAccount()
  before = await takeInventory(cluster)
})
afterEach(async () => {
  await stream?.stop()
  stream = undefined
})
afterAll(async () => {
  await cluster?.kubectl.run(`delete namespace ${namespace} --timeout=180s`)
  shop?.notary.stop()
})

/** Pods are refused until their namespace has one. */
async function waitForServiceAccount(): Promise<void> {
  const command = ['get', 'serviceaccount/default', `--namespace=${namespace}`]
  const exists = async () => (await cluster.kubectl.try(command)).exitCode === 0
  await waitUntil(exists, 'the default service account', PATIENCE_MS)
}

function startStream(): AdmissionStream {
  stream = new AdmissionStream(cluster.api, namespace)
  return stream
}

async function waitForMore(running: AdmissionStream): Promise<void> {
  const goal = running.count + MORE_REQUESTS
  await waitUntil(async () => running.count >= goal, 'more answers', PATIENCE_MS)
}

async function expectNoneLost(running: AdmissionStream): Promise<void> {
  await waitForMore(running)
  const result = await running.stop()
  expect(result).toMatchObject({ lost: [], unchecked: [] })
  expect(result.admitted).toBeGreaterThan(0)
  expect(result.denied).toBeGreaterThan(0)
}

async function expectNothingLeft(): Promise<void> {
  await waitUntil(
    async () => (await findWebhook(cluster)) === undefined,
    'the webhook to go',
    PATIENCE_MS,
  )
  const pod = manifestOf('Pod', { name: 'free', namespace, image: UNSIGNED })
  await cluster.kubectl.run('apply --dry-run=server --filename=-', JSON.stringify(pod))
  await cluster.kubectl.run(`delete namespace ${NAMESPACE} --timeout=180s`)
  expect(await takeInventory(cluster)).toEqual(before)
}

describe('helm', () => {
  let release: Release

  test('install: nothing is blocked before the webhook is there, and all is checked afterwards', async () => {
    const installing = startStream()
    release = await Release.install(cluster, renderValues(shop))
    const { lost, unchecked } = await installing.stop()
    expect(lost).toEqual([])
    expect(unchecked.length).toBeGreaterThan(0)
    await expectNoneLost(startStream())
  })

  test('upgrade to a new version under a stream of admissions: none lost, none unchecked', async () => {
    const running = startStream()
    await waitForMore(running)
    await release.upgrade(renderValues(shop, { tag: 'v2' }))
    await expectNoneLost(running)
    const isNext = ({ message, version }: LogLine) =>
      message === 'listening' && version === NEXT_VERSION
    expect((await readWebhookLog(cluster)).filter(isNext)).toHaveLength(2)
  })

  test('upgrade of how the webhook is registered: none lost, none unchecked', async () => {
    const running = startStream()
    await waitForMore(running)
    await release.upgrade(
      renderValues(shop, { tag: 'v2', kubernetes: { webhook: { timeoutSeconds: 17 } } }),
    )
    await waitUntil(
      async () => JSON.stringify(await findWebhook(cluster)).includes('"timeoutSeconds":17'),
      'the new timeout to be registered',
      PATIENCE_MS,
    )
    await expectNoneLost(running)
  })

  test('rollback under a stream of admissions: none lost, none unchecked', async () => {
    const running = startStream()
    await waitForMore(running)
    await release.rollback()
    await expectNoneLost(running)
  })

  test('a rolling restart under a stream of admissions: none lost, none unchecked', async () => {
    const running = startStream()
    await waitForMore(running)
    const deployment = `deployment/connaisseur --namespace=${NAMESPACE}`
    await cluster.kubectl.run(`rollout restart ${deployment}`)
    await cluster.kubectl.run(`rollout status ${deployment} --timeout=180s`)
    await expectNoneLost(running)
  })

  test('uninstall leaves nothing behind, and blocks nothing', async () => {
    await release.uninstall()
    await expectNothingLeft()
  })
})

test('an uninstall just as the only replica registers leaves no webhook behind', async () => {
  const { kubectl } = cluster
  const release = await Release.installAtOnce(cluster, renderValues(shop, { replicas: 1 }))
  const where = `--namespace=${NAMESPACE}`
  await kubectl.run(`rollout status deployment/connaisseur ${where} --timeout=120s`)
  await Bun.sleep(REGISTERS_AFTER_MS)
  await release.uninstall()
  // What is written last is taken away some seconds later, as it has no owner.
  await Bun.sleep(COLLECTED_AFTER_MS)
  await expectNothingLeft()
})

describe('helm template | kubectl apply', () => {
  test('installs, upgrades under a stream of admissions, and is deleted without a trace', async () => {
    const { kubectl } = cluster
    const where = `--namespace=${NAMESPACE}`
    const apply = async (tag: string) => {
      const manifests = await renderChart(cluster, renderValues(shop, { tag }))
      await kubectl.run(`apply ${where} --filename=-`, manifests)
      await kubectl.run(`rollout status deployment/connaisseur ${where} --timeout=180s`)
      return manifests
    }
    await kubectl.run(`create namespace ${NAMESPACE}`)
    await apply('v1')
    await waitUntilChecked(cluster)
    const running = startStream()
    await waitForMore(running)
    const manifests = await apply('v2')
    await expectNoneLost(running)
    await kubectl.run(`delete ${where} --filename=- --timeout=180s`, manifests)
    await expectNothingLeft()
  })
})
