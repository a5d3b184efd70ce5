import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
} from '../support/certificate.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { type KubeServer, startKube } from '../support/kube/server.ts'
import { pod, replicaSet } from '../support/workload.ts'
import { Folder, makeConfig, runProgram } from './fixture.ts'
import { Serving, writeCertificate } from './serving.ts'

/** The policy denies it, so that only its owner can let it in. */
const IMAGE = `bad/b:1@sha256:${'a'.repeat(64)}`
const UID = '11111111-3a52-4a0b-8a5e-2b7d0f3c9e11'
const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app', uid: UID, controller: true }
const CHILD = pod(IMAGE, { ownerReferences: [OWNER] })

let folder: Folder
let kube: KubeServer
let serverCa: CertificateAuthority
let authority: CertificateAuthority
let flags: readonly string[]
let running: Serving[]
beforeEach(async () => {
  folder = new Folder()
  running = []
  serverCa = await createCertificateAuthority('the cluster CA')
  kube = startKube({ tls: await issueServerCertificate(serverCa), clientCa: serverCa.cert })
  kube.store.put(
    '/apis/apps/v1/namespaces/default/replicasets/app',
    replicaSet(IMAGE, { uid: UID }),
  )
  const certificate = await writeCertificate(folder)
  authority = certificate.authority
  const config = folder.write('config.yaml', makeConfig(toPublicKeyPem(createKeyPair('p256'))))
  flags = ['--config', config, ...certificate.flags]
})
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()))
  kube.stop()
  folder.remove()
})

function serve(...more: readonly string[]): Serving {
  const serving = new Serving(authority, ...flags, ...more)
  running.push(serving)
  return serving
}

async function writeKubeconfig(cluster: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { cert, key } = await issueClientCertificate(serverCa, { user: 'me' })
  const toBase64 = (text: string) => Buffer.from(text).toString('base64')
  const config = {
    'current-context': 'elsewhere',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      { name: 'c', cluster: { server: kube.url, 'certificate-authority': 'ca.crt', ...cluster } },
    ],
    users: [
      {
        name: 'u',
        user: { 'client-certificate-data': toBase64(cert), 'client-key-data': toBase64(key) },
      },
    ],
  }
  folder.write('ca.crt', serverCa.cert)
  return folder.write('kubeconfig', JSON.stringify(config))
}

describe('serve', () => {
  test('with --kubeconfig and --context approves children by the owners of that cluster', async () => {
    const serving = serve('--kubeconfig', await writeKubeconfig(), '--context', 'here')
    expect(await serving.admit(CHILD)).toMatchObject({ response: { allowed: true } })
    expect(await serving.line('children of what this cluster holds are approved')).toMatchObject({
      server: new URL(kube.url).host,
      as: 'the context here',
    })
    kube.store.remove('/apis/apps/v1/namespaces/default/replicasets/app')
    expect(await serving.admit(CHILD)).toMatchObject({ response: { allowed: false } })
  })

  test('without a cluster verifies them', async () => {
    expect(await serve().admit(CHILD)).toMatchObject({ response: { allowed: false } })
  })
})

describe('serve does not start', () => {
  test('with a context that is not there', async () => {
    const kubeconfig = await writeKubeconfig()
    const { exitCode, stderr } = await runProgram('serve', ...flags, '--kubeconfig', kubeconfig)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('it has no context "elsewhere"; it has "here"')
  })

  test('with an API server that anybody could be, unless a flag allows it', async () => {
    const kubeconfig = await writeKubeconfig({ 'insecure-skip-tls-verify': true })
    const named = ['--kubeconfig', kubeconfig, '--context', 'here']
    const { exitCode, stderr } = await runProgram('serve', ...flags, ...named)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('or allow it with --insecure-skip-tls-verify')
    const serving = serve(...named, '--insecure-skip-tls-verify')
    expect(await serving.admit(CHILD)).toMatchObject({ response: { allowed: true } })
  })
})
