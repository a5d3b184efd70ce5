import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:tls'
import { RENEW_ANNOTATION } from '../../src/cluster/certificates/keeper.ts'
import { AUTHORITY, startServer } from '../cluster/fixture.ts'
import { putRole, SETTINGS, WEBHOOK_PATH } from '../cluster/registration/fixture.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import type { KubeServer } from '../support/kube/server.ts'
import { toFields } from '../support/kube/store.ts'
import { Folder, makeConfig, runProgram } from './fixture.ts'
import { Serving, writeCertificate } from './serving.ts'

/** A rotation waits for 10 s, and rounds for as long as they do. */
setDefaultTimeout(120_000)

const SECRET_PATH = '/api/v1/namespaces/connaisseur/secrets/connaisseur-tls'
const SLICE_PATH =
  '/apis/discovery.k8s.io/v1/namespaces/connaisseur/endpointslices/connaisseur-svc-1'
/** As the API server calls the Service. */
const HOST = 'connaisseur-svc.connaisseur.svc'
const LOCAL_PATH =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/connaisseur-local'

let folder: Folder
let kube: KubeServer
let flags: readonly string[]
let running: Serving[]

beforeEach(() => {
  folder = new Folder()
  running = []
  kube = startServer()
  putRole(kube)
  kube.store.put(SECRET_PATH, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'connaisseur-tls', namespace: 'connaisseur' },
  })
  const kubeconfig = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'spec',
    contexts: [{ name: 'spec', context: { cluster: 'spec', user: 'spec' } }],
    clusters: [
      {
        name: 'spec',
        cluster: {
          server: kube.url,
          'certificate-authority-data': Buffer.from(AUTHORITY.cert).toString('base64'),
        },
      },
    ],
    users: [{ name: 'spec', user: { token: 'token' } }],
  })
  const config = makeConfig(toPublicKeyPem(createKeyPair('p256')))
  flags = [
    ...['--config', folder.write('config.yaml', config)],
    ...['--kubeconfig', folder.write('kubeconfig', kubeconfig)],
  ]
})
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()))
  kube.stop()
  folder.remove()
})

const REGISTRATION = JSON.stringify(SETTINGS)

/** Starts a replica of a release. */
function startReplica(...more: readonly string[]): Serving {
  const registration = folder.write('registration.yaml', REGISTRATION)
  const serving = new Serving(
    AUTHORITY,
    ...flags,
    ...['--registration', registration, '--shutdown-grace', '0', ...more],
  )
  running.push(serving)
  return serving
}

/** Makes the Service lead to somebody, as the endpoint controller does for a pod that is ready. */
function addEndpoint(): void {
  const labels = { 'kubernetes.io/service-name': 'connaisseur-svc' }
  kube.store.put(SLICE_PATH, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'connaisseur-svc-1', namespace: 'connaisseur', labels },
    endpoints: [{ conditions: { ready: true } }],
  })
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 6000; attempt++) {
    if (isSo()) return
    await Bun.sleep(10)
  }
  throw new Error(`it never came to be: ${what}`)
}

const registered = () => kube.store.get(WEBHOOK_PATH)
const clientConfig = () => {
  const webhooks = registered()?.['webhooks']
  return toFields(toFields(Array.isArray(webhooks) ? webhooks[0] : undefined)['clientConfig'])
}
const bundle = () => Buffer.from(String(clientConfig()['caBundle']), 'base64').toString()

/** Connects as the API server does; rejects where it would not trust what it gets. */
async function shakeHands(serving: Serving, ca = bundle()): Promise<string> {
  const { address } = await serving.line('listening')
  const { hostname, port } = new URL(`https://${address}`)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const servername = HOST
  const socket = connect({ host: hostname, port: Number(port), ca, servername }, () =>
    resolve(socket.getPeerCertificate().fingerprint256),
  )
  socket.on('error', reject)
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}

async function conditionsOf(serving: Serving): Promise<string> {
  const { address } = await serving.line('listening')
  const response = await fetch(`https://${address}/ready`, { tls: { rejectUnauthorized: false } })
  return `${response.status} ${await response.text()}`
}

describe('a replica of a release', () => {
  test('is ready first, and registers when the Service leads to it: nothing is ever blocked', async () => {
    const serving = startReplica()
    await serving.line('listening')
    await until('ready', () => kube.requests.some(({ path }) => path.includes('endpointslices')))
    expect(await conditionsOf(serving)).toStartWith('200')
    expect(registered()).toBeUndefined()
    addEndpoint()
    await serving.line('webhook was registered')
    await shakeHands(serving)
    expect(await conditionsOf(serving)).toStartWith('200')
  })

  test('puts back what somebody deletes or alters, and leaves it registered at its end', async () => {
    addEndpoint()
    const serving = startReplica()
    await serving.line('webhook was registered')
    const before = registered()?.['webhooks']
    kube.store.remove(WEBHOOK_PATH)
    await until('registered again', () => registered() !== undefined)
    kube.store.put(WEBHOOK_PATH, { ...registered(), webhooks: [] })
    await until(
      'put back',
      () => JSON.stringify(registered()?.['webhooks']) === JSON.stringify(before),
    )
    await serving.stop()
    expect(registered()).toBeDefined()
  })

  test('shares its certificate with the others, and rotates its authority without a break', async () => {
    addEndpoint()
    const replicas = [startReplica(), startReplica()]
    await until('registered', () => registered() !== undefined)
    const before = await Promise.all(replicas.map((each) => shakeHands(each)))
    expect(new Set(before).size).toBe(1)
    const secret = kube.store.get(SECRET_PATH) ?? { metadata: {} }
    const annotations = { [RENEW_ANNOTATION]: 'authority' }
    kube.store.put(SECRET_PATH, { ...secret, metadata: { ...secret.metadata, annotations } })
    let after: readonly string[] = before
    for (
      let attempt = 0;
      attempt < 1500 && after.some((each) => before.includes(each));
      attempt++
    ) {
      after = await Promise.all(replicas.map((each) => shakeHands(each)))
      await Bun.sleep(50)
    }
    expect(after.some((each) => before.includes(each))).toBe(false)
  })

  test('is not ready while what is registered does not carry its CA, and sees to that', async () => {
    addEndpoint()
    kube.fault = ({ method, path }) =>
      method === 'PATCH' && path === WEBHOOK_PATH ? new Response('{}', { status: 403 }) : undefined
    kube.store.put(WEBHOOK_PATH, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'connaisseur-webhook' },
      webhooks: [],
    })
    const serving = startReplica()
    await serving.line('webhook cannot be kept registered')
    expect(await conditionsOf(serving)).toMatch(/^503 .*does not carry our CA/)
    kube.fault = undefined
    await serving.line('webhook registration was changed')
    expect(await conditionsOf(serving)).toStartWith('200')
  })

  test('takes given certificates, with their CA as the one to trust', async () => {
    addEndpoint()
    const { authority, flags: given } = await writeCertificate(folder, { dns: [HOST] })
    const ca = folder.write('ca.crt', authority.cert)
    const serving = startReplica(...given, '--tls-ca', ca)
    await serving.line('webhook was registered')
    expect(bundle()).toBe(authority.cert)
  })
})

describe('a program at a URL', () => {
  test('is registered for as long as it runs, so that it may be gone at any time', async () => {
    const serving = new Serving(AUTHORITY, ...flags, '--register', 'https://127.0.0.1:5000')
    running.push(serving)
    await serving.line('webhook was registered')
    expect(JSON.stringify(kube.store.get(LOCAL_PATH))).toContain('"failurePolicy":"Ignore"')
    await serving.stop()
    expect(kube.store.get(LOCAL_PATH)).toBeUndefined()
  })
})

describe('what cannot work is said at the start', () => {
  const registration = () => folder.write('registration.yaml', REGISTRATION)

  test.each<[what: string, more: () => readonly string[], words: string]>([
    [
      'two ways to be registered',
      () => ['--registration', registration(), '--register', 'https://a'],
      'give one',
    ],
    [
      'a registration that is wrong',
      () => ['--registration', folder.write('bad.yaml', 'webhook: {}')],
      'bad.yaml cannot be used: ',
    ],
    ['a URL that is none', () => ['--register', 'me'], 'a URL such as https://192.168.1.2:5000'],
    [
      'a CA that did not issue the certificate',
      () => [
        ...['--registration', registration()],
        ...['--tls-ca', folder.write('other.crt', AUTHORITY.cert)],
        ...['--tls-cert', `${folder.path}/tls.crt`, '--tls-key', `${folder.path}/tls.key`],
      ],
      'is not issued by an authority in',
    ],
    [
      'a certificate for another name than the API server calls',
      () => [
        ...['--register', 'https://me.example'],
        ...['--tls-cert', `${folder.path}/tls.crt`, '--tls-key', `${folder.path}/tls.key`],
      ],
      'is not for me.example, as the API server calls us',
    ],
  ])('%s', async (_, more, words) => {
    await writeCertificate(folder, { dns: [HOST] })
    const { exitCode, stderr } = await runProgram('serve', ...flags, ...more())
    expect(stderr).toContain(words)
    expect(exitCode).toBe(2)
  })

  test('no cluster', async () => {
    const { exitCode, stderr } = await runProgram(
      ...['serve', ...flags.slice(0, 2), '--registration', registration()],
    )
    expect([exitCode, stderr]).toEqual([
      2,
      'there is no cluster to be registered in: --kubeconfig FILE names one\n',
    ])
  })
})
