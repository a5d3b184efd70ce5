import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { underLoad } from './cluster/admission-stream.ts'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { NAMESPACE, Release, renderValues } from './cluster/release.ts'
import { openShop, type Shop } from './cluster/shop.ts'
import { findWebhook } from './cluster/webhook-registration.ts'
import { waitUntil } from './support/process.ts'

setDefaultTimeout(300_000)

const PATIENCE_MS = 120_000
const HOST = `connaisseur-svc.${NAMESPACE}.svc`
const NOTHING_LOST = { lost: [], unchecked: [] }
const namespace = 'given'

/** So many connections in a row reach every replica. */
const CONNECTIONS = 10

/** Longer than two rounds of a replica. */
const ROUNDS_MS = 13_000

/** Values that reach the registration, in the forms that people write. */
const WEBHOOK = {
  reinvocationPolicy: 'IfNeeded',
  objectSelector: { matchExpressions: [{ key: 'off', operator: 'NotIn', values: ['z', 'a'] }] },
  namespaceSelector: { matchExpressions: [{ key: 'off', operator: 'DoesNotExist' }] },
  matchConditions: [
    { name: 'not-a-lease', expression: 'request.resource.group != "coordination"' },
  ],
}

/** A certificate that somebody else makes, under an authority of its own. */
interface Given {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

let cluster: Cluster
let shop: Shop
let release: Release | undefined
let address: string

beforeAll(async () => {
  cluster = await findCluster()
  shop = await openShop()
  await cluster.kubectl.run(`create namespace ${namespace}`)
})
afterAll(async () => {
  await cluster?.kubectl.run(`delete namespace ${namespace} --timeout=180s`)
  await release?.clear()
  shop?.notary.stop()
})

async function issue(name: string): Promise<Given> {
  const authority = await createCertificateAuthority(`Connaisseur e2e ${name}`)
  const leaf = await issueServerCertificate(authority, { dns: [HOST], ip: [] })
  return { ...leaf, ca: authority.cert }
}

const valuesWith = (tls: object) =>
  renderValues(shop, { deployment: { tls }, kubernetes: { webhook: WEBHOOK } })

async function readPods(): Promise<readonly string[]> {
  const names = await cluster.kubectl.run(`get pods --namespace=${NAMESPACE} --output=name`)
  return names.trim().split('\n')
}

/** The authorities that the API server trusts for our webhook, by their fingerprints. */
async function readAuthorities(): Promise<readonly string[]> {
  const bundle = (await findWebhook(cluster))?.clientConfig.caBundle ?? ''
  const pem = Buffer.from(bundle, 'base64').toString()
  const blocks = pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []
  return blocks.map(fingerprintOf)
}

function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256
}

/** The certificate of whoever answers at the Service's address, if the authority vouches for it. */
async function connectTrusting(ca: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = connect({ host: address, port: 443, ca, servername: HOST }, () =>
    resolve(socket.getPeerCertificate().fingerprint256),
  )
  socket.on('error', () => resolve(undefined))
  const fingerprint = await promise
  socket.destroy()
  return fingerprint
}

/** Waits until every replica serves a certificate. */
function waitUntilServed({ cert, ca }: Given): Promise<void> {
  const isServed = async () => {
    const served = new Set<string | undefined>()
    for (let each = 0; each < CONNECTIONS; each++) served.add(await connectTrusting(ca))
    return served.size === 1 && served.has(fingerprintOf(cert))
  }
  return waitUntil(isServed, 'the given certificate to be served', PATIENCE_MS)
}

const readGeneration = () =>
  cluster.kubectl.run(
    'get mutatingwebhookconfiguration/connaisseur-webhook --output=jsonpath={.metadata.generation}',
  )

test('values reach the registration, and nobody writes it again', async () => {
  release = await Release.install(cluster, valuesWith({}))
  address = await cluster.kubectl.run(
    `get service/connaisseur-svc --namespace=${NAMESPACE} --output=jsonpath={.spec.clusterIP}`,
  )
  const { reinvocationPolicy, objectSelector, matchConditions } = WEBHOOK
  const webhook = await findWebhook(cluster)
  expect(webhook).toMatchObject({ reinvocationPolicy, objectSelector, matchConditions })
  expect(JSON.stringify(webhook)).toContain('"key":"off","operator":"DoesNotExist"')
  const before = await readGeneration()
  await Bun.sleep(ROUNDS_MS)
  expect(await readGeneration()).toBe(before)
})

test('values that give a certificate, in place of the program’s own: none lost', async () => {
  const given = await issue('values')
  const [own] = await readAuthorities()
  const { cert, key, ca } = given
  const seen = await underLoad(cluster.api, namespace, async () => {
    await release?.upgrade(valuesWith({ cert, key, ca }))
    await waitUntilServed(given)
  })
  expect(seen).toMatchObject(NOTHING_LOST)
  expect(new Set(await readAuthorities())).toEqual(new Set([own ?? '', fingerprintOf(ca)]))
})

test('an existing Secret, as cert-manager keeps it, and its next certificate: none lost', async () => {
  const [first, next] = [await issue('first'), await issue('next')]
  const dataOf = ({ cert, key, ca }: Given) => ({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca })
  const apply = (given: Given) =>
    cluster.kubectl.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'issued', namespace: NAMESPACE },
      type: 'kubernetes.io/tls',
      stringData: dataOf(given),
    })
  const seen = await underLoad(cluster.api, namespace, async () => {
    await apply(first)
    await release?.upgrade(valuesWith({ secretName: 'issued' }))
    await waitUntilServed(first)
    const pods = await readPods()
    await apply(next)
    await waitUntilServed(next)
    // Those of before may have been ending; no new one was started for it.
    expect(pods).toEqual(expect.arrayContaining([...(await readPods())]))
  })
  expect(seen).toMatchObject(NOTHING_LOST)
  expect(await readAuthorities()).toContain(fingerprintOf(next.ca))
})

test('the program’s own again: none lost', async () => {
  const seen = await underLoad(cluster.api, namespace, async () => {
    await release?.upgrade(valuesWith({}))
  })
  expect(seen).toMatchObject(NOTHING_LOST)
})
