import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { AdmissionStream } from './cluster/admission-stream.ts'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { NAMESPACE, Release, renderValues } from './cluster/release.ts'
import { openShop, type Shop } from './cluster/shop.ts'
import {
  findWebhook,
  type RegisteredWebhook,
  WEBHOOK,
  waitUntilChecked,
} from './cluster/webhook-registration.ts'
import { waitUntil } from './support/process.ts'

setDefaultTimeout(300_000)

const PATIENCE_MS = 120_000
const namespace = 'registration'

let cluster: Cluster
let shop: Shop
let release: Release

beforeAll(async () => {
  cluster = await findCluster()
  shop = await openShop()
  release = await Release.install(cluster, renderValues(shop))
  await cluster.kubectl.run(`create namespace ${namespace}`)
})
afterAll(async () => {
  await cluster?.kubectl.run(`delete namespace ${namespace} --timeout=180s`)
  await release?.clear()
  shop?.notary.stop()
})

function waitForWebhook(is: (webhook: RegisteredWebhook) => boolean, what: string): Promise<void> {
  return waitUntil(
    async () => {
      const webhook = await findWebhook(cluster)
      return webhook !== undefined && is(webhook)
    },
    what,
    PATIENCE_MS,
  )
}

/** Everything is checked again, and nothing is lost, from now on. */
async function expectChecked(): Promise<void> {
  await waitUntilChecked(cluster)
  const stream = new AdmissionStream(cluster.api, namespace)
  await waitUntil(async () => stream.count >= 20, 'answers', PATIENCE_MS)
  expect(await stream.stop()).toMatchObject({ lost: [], unchecked: [] })
}

describe('a webhook that somebody', () => {
  test('deleted comes back', async () => {
    await cluster.kubectl.run(`delete mutatingwebhookconfiguration/${WEBHOOK}`)
    await waitForWebhook(() => true, 'the webhook to come back')
    await expectChecked()
  })

  test.each([
    ['took the rules from', { rules: [] }, ({ rules = [] }: RegisteredWebhook) => rules.length > 0],
    [
      'made ignorable',
      { failurePolicy: 'Ignore' },
      ({ failurePolicy }: RegisteredWebhook) => failurePolicy === 'Fail',
    ],
    [
      'narrowed to objects with a label',
      { objectSelector: { matchLabels: { never: 'there' } } },
      (webhook: RegisteredWebhook) => !JSON.stringify(webhook).includes('never'),
    ],
  ])('%s is put back', async (_, change, isBack) => {
    const name = `mutatingwebhookconfiguration/${WEBHOOK}`
    const operations = Object.entries(change).map(([key, value]) => ({
      op: 'replace',
      path: `/webhooks/0/${key}`,
      value,
    }))
    const patch = `--patch=${JSON.stringify(operations)}`
    const { exitCode, stderr } = await cluster.kubectl.try(['patch', name, '--type=json', patch])
    expect([exitCode, stderr]).toEqual([0, ''])
    await waitForWebhook(isBack, 'the webhook to be put back')
    await expectChecked()
  })
})

test('a certificate whose Secret is emptied is kept, under a stream of admissions: none lost', async () => {
  const secret = `secret/connaisseur-tls --namespace=${NAMESPACE}`
  const read = () => cluster.kubectl.run(`get ${secret} --output=jsonpath={.data}`)
  const before = await read()
  expect(before).not.toBe('')
  const stream = new AdmissionStream(cluster.api, namespace)
  await waitUntil(async () => stream.count >= 20, 'answers', PATIENCE_MS)
  await cluster.kubectl.run(`patch ${secret} --type=json --patch=[{"op":"remove","path":"/data"}]`)
  await waitUntil(async () => (await read()) === before, 'the Secret to be as it was', PATIENCE_MS)
  const goal = stream.count + 100
  await waitUntil(async () => stream.count >= goal, 'more answers', PATIENCE_MS)
  expect(await stream.stop()).toMatchObject({ lost: [], unchecked: [] })
})

test('an API server that was restarted finds everything as it was, and is watched again', async () => {
  const pidFile = join(cluster.folder, 'control-plane', 'kube-apiserver.pid')
  const pid = await Bun.file(pidFile).text()
  process.kill(Number(pid), 'SIGKILL')
  await waitUntil(
    async () => (await Bun.file(pidFile).text()) !== pid,
    'another API server',
    PATIENCE_MS,
  )
  await waitUntil(() => cluster.api.isReady(), 'the API server', PATIENCE_MS)
  await expectChecked()
  await cluster.kubectl.run(`delete mutatingwebhookconfiguration/${WEBHOOK}`)
  await waitForWebhook(() => true, 'the webhook to come back')
  await expectChecked()
})
