import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { X509Certificate } from 'node:crypto'
import { underLoad } from './cluster/admission-stream.ts'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { NAMESPACE, Release, renderValues } from './cluster/release.ts'
import { openShop, type Shop } from './cluster/shop.ts'
import { WEBHOOK } from './cluster/webhook-registration.ts'
import { waitUntil } from './support/process.ts'

setDefaultTimeout(300_000)

const PATIENCE_MS = 120_000
const SECRET = `secret/connaisseur-tls --namespace=${NAMESPACE}`
const RENEW = 'securesystemsengineering.connaisseur/renew'
const namespace = 'certificates'

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
  await release?.uninstall()
  shop?.notary.stop()
})

interface Keyed {
  readonly data?: Readonly<Record<string, string>>
}
interface Registered {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle: string } }[]
}

const decode = (text = '') => Buffer.from(text, 'base64').toString()
const readSecret = async () => (await cluster.kubectl.get<Keyed>(SECRET)).data ?? {}

/** How many authorities the API server trusts for our webhook. */
async function countAuthorities(): Promise<number> {
  const found = await cluster.kubectl.get<Registered>(`mutatingwebhookconfiguration/${WEBHOOK}`)
  return decode(found.webhooks[0]?.clientConfig.caBundle).split('BEGIN CERTIFICATE').length - 1
}

const NOTHING_LOST = { lost: [], unchecked: [] }
const load = (work: () => Promise<void>) => underLoad(cluster.api, namespace, work)

async function renew(what: 'leaf' | 'authority'): Promise<void> {
  const { 'tls.crt': before } = await readSecret()
  await cluster.kubectl.run(`annotate ${SECRET} ${RENEW}=${what}`)
  await waitUntil(
    async () => (await readSecret())['tls.crt'] !== before,
    `another certificate (${what})`,
    PATIENCE_MS,
  )
}

test('a Secret that is deleted is made again as it was, under load', async () => {
  const before = await readSecret()
  const seen = await load(async () => {
    await cluster.kubectl.run(`delete ${SECRET}`)
    await waitUntil(
      async () => (await cluster.kubectl.try(['get', ...SECRET.split(' ')])).exitCode === 0,
      'the Secret',
      PATIENCE_MS,
    )
    await waitUntil(
      async () => Object.keys(await readSecret()).length > 0,
      'its content',
      PATIENCE_MS,
    )
  })
  expect(seen).toMatchObject(NOTHING_LOST)
  expect(await readSecret()).toEqual(before)
})

test('a server certificate is renewed on demand under load, and nothing is lost', async () => {
  expect(await load(() => renew('leaf'))).toMatchObject(NOTHING_LOST)
  expect(await countAuthorities()).toBe(1)
})

test('an authority is rotated on demand under load, and nothing is lost', async () => {
  const { 'ca.crt': before } = await readSecret()
  expect(await load(() => renew('authority'))).toMatchObject(NOTHING_LOST)
  const { 'ca.crt': after, 'tls.crt': leaf } = await readSecret()
  expect(after).not.toBe(before)
  expect(new X509Certificate(decode(leaf)).checkIssued(new X509Certificate(decode(after)))).toBe(
    true,
  )
  expect(await countAuthorities()).toBe(2)
})

test('a condition that somebody adds by hand is taken out again', async () => {
  const name = `mutatingwebhookconfiguration/${WEBHOOK}`
  const condition =
    '[{"op":"add","path":"/webhooks/0/matchConditions","value":[{"name":"never","expression":"false"}]}]'
  await cluster.kubectl.run(`patch ${name} --type=json --patch=${condition}`)
  await waitUntil(
    async () => !JSON.stringify(await cluster.kubectl.get<Registered>(name)).includes('"never"'),
    'the condition to go',
    PATIENCE_MS,
  )
})
