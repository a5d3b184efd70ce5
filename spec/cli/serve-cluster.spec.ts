import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:tls'
import { RENEW_ANNOTATION } from '../../src/cluster/certificates/keeper.ts'
import { AUTHORITY } from '../cluster/fixture.ts'
import { WEBHOOK_PATH } from '../cluster/registration/fixture.ts'
import { ClusterStage, HOST, SECRET_PATH, until } from './cluster-stage.ts'
import { runProgram } from './fixture.ts'
import { type Serving, writeCertificate } from './serving.ts'

/** A rotation waits for 10 s, and rounds for as long as they do: so these wait side by side. */
setDefaultTimeout(120_000)

const LOCAL_PATH =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/connaisseur-local'

/** Connects as the API server does; rejects where it would not trust what it gets. */
async function shakeHands({ bundle: ca }: ClusterStage, serving: Serving): Promise<string> {
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

describe.concurrent('a replica of a release', () => {
  test('is ready first, and registers when the Service leads to it: nothing is ever blocked', async () => {
    await using stage = new ClusterStage()
    const serving = stage.startReplica()
    await serving.line('listening')
    await until('ready', () =>
      stage.kube.requests.some(({ path }) => path.includes('endpointslices')),
    )
    expect(await conditionsOf(serving)).toStartWith('200')
    expect(stage.registered).toBeUndefined()
    stage.addEndpoint()
    await serving.line('webhook was registered')
    await shakeHands(stage, serving)
    expect(await conditionsOf(serving)).toStartWith('200')
  })

  test('puts back what somebody deletes or alters, and leaves it registered at its end', async () => {
    await using stage = new ClusterStage()
    stage.addEndpoint()
    const serving = stage.startReplica()
    await serving.line('webhook was registered')
    const before = stage.registered?.['webhooks']
    stage.kube.store.remove(WEBHOOK_PATH)
    await until('registered again', () => stage.registered !== undefined)
    stage.kube.store.put(WEBHOOK_PATH, { ...stage.registered, webhooks: [] })
    await until(
      'put back',
      () => JSON.stringify(stage.registered?.['webhooks']) === JSON.stringify(before),
    )
    await serving.stop()
    expect(stage.registered).toBeDefined()
  })

  test('shares its certificate with the others, and rotates its authority without a break', async () => {
    await using stage = new ClusterStage()
    stage.addEndpoint()
    const replicas = [stage.startReplica(), stage.startReplica()]
    await until('registered', () => stage.registered !== undefined)
    const before = await Promise.all(replicas.map((each) => shakeHands(stage, each)))
    expect(new Set(before).size).toBe(1)
    const secret = stage.kube.store.get(SECRET_PATH) ?? { metadata: {} }
    const annotations = { [RENEW_ANNOTATION]: 'authority' }
    stage.kube.store.put(SECRET_PATH, { ...secret, metadata: { ...secret.metadata, annotations } })
    let after: readonly string[] = before
    for (
      let attempt = 0;
      attempt < 1500 && after.some((each) => before.includes(each));
      attempt++
    ) {
      after = await Promise.all(replicas.map((each) => shakeHands(stage, each)))
      await Bun.sleep(50)
    }
    expect(after.some((each) => before.includes(each))).toBe(false)
  })

  test('is not ready while what is registered does not carry its CA, and sees to that', async () => {
    await using stage = new ClusterStage()
    stage.addEndpoint()
    stage.kube.fault = ({ method, path }) =>
      method === 'PATCH' && path === WEBHOOK_PATH ? new Response('{}', { status: 403 }) : undefined
    stage.kube.store.put(WEBHOOK_PATH, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'connaisseur-webhook' },
      webhooks: [],
    })
    const serving = stage.startReplica()
    await serving.line('webhook cannot be kept registered')
    expect(await conditionsOf(serving)).toMatch(/^503 .*does not carry our CA/)
    stage.kube.fault = undefined
    await serving.line('webhook registration was changed')
    expect(await conditionsOf(serving)).toStartWith('200')
  })

  test('takes given certificates, with their CA as the one to trust', async () => {
    await using stage = new ClusterStage()
    stage.addEndpoint()
    const { authority, flags: given } = await writeCertificate(stage.folder, { dns: [HOST] })
    const ca = stage.folder.write('ca.crt', authority.cert)
    const serving = stage.startReplica(...given, '--tls-ca', ca)
    await serving.line('webhook was registered')
    expect(stage.bundle).toBe(authority.cert)
  })
})

describe.concurrent('a program at a URL', () => {
  test('is registered for as long as it runs, so that it may be gone at any time', async () => {
    await using stage = new ClusterStage()
    const serving = stage.start('--register', 'https://127.0.0.1:5000')
    await serving.line('webhook was registered')
    expect(JSON.stringify(stage.kube.store.get(LOCAL_PATH))).toContain('"failurePolicy":"Ignore"')
    await serving.stop()
    expect(stage.kube.store.get(LOCAL_PATH)).toBeUndefined()
  })
})

describe('what cannot work is said at the start', () => {
  test.each<[what: string, more: (stage: ClusterStage) => readonly string[], words: string]>([
    [
      'two ways to be registered',
      (stage) => ['--registration', stage.writeRegistration(), '--register', 'https://a'],
      'give one',
    ],
    [
      'a registration that is wrong',
      (stage) => ['--registration', stage.folder.write('bad.yaml', 'webhook: {}')],
      'bad.yaml cannot be used: ',
    ],
    ['a URL that is none', () => ['--register', 'me'], 'a URL such as https://192.168.1.2:5000'],
    [
      'a CA that did not issue the certificate',
      (stage) => [
        ...['--registration', stage.writeRegistration()],
        ...['--tls-ca', stage.folder.write('other.crt', AUTHORITY.cert)],
        ...[
          '--tls-cert',
          `${stage.folder.path}/tls.crt`,
          '--tls-key',
          `${stage.folder.path}/tls.key`,
        ],
      ],
      'is not issued by an authority in',
    ],
    [
      'a certificate for another name than the API server calls',
      (stage) => [
        ...['--register', 'https://me.example'],
        ...[
          '--tls-cert',
          `${stage.folder.path}/tls.crt`,
          '--tls-key',
          `${stage.folder.path}/tls.key`,
        ],
      ],
      'is not for me.example, as the API server calls us',
    ],
  ])('%s', async (_, more, words) => {
    await using stage = new ClusterStage()
    await writeCertificate(stage.folder, { dns: [HOST] })
    const { exitCode, stderr } = await runProgram('serve', ...stage.flags, ...more(stage))
    expect(stderr).toContain(words)
    expect(exitCode).toBe(2)
  })

  test('no cluster', async () => {
    await using stage = new ClusterStage()
    const { exitCode, stderr } = await runProgram(
      ...['serve', ...stage.flags.slice(0, 2), '--registration', stage.writeRegistration()],
    )
    expect([exitCode, stderr]).toEqual([
      2,
      'there is no cluster to be registered in: --kubeconfig FILE names one\n',
    ])
  })
})
