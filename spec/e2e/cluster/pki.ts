import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
  issueClientCertificate,
  issueServerCertificate,
} from '../../support/certificate.ts'
import { createKeyPair, toPrivateKeyPem, toPublicKeyPem } from '../../support/key-pair.ts'
import { API_SERVER, KUBERNETES_SERVICE } from './addresses.ts'

/** Who talks to the API server, with the group that gives them their rights. */
const USERS = {
  admin: { user: 'admin', groups: ['system:masters'] },
  'controller-manager': { user: 'system:kube-controller-manager' },
  scheduler: { user: 'system:kube-scheduler' },
  node: { user: 'node', groups: ['system:masters'] },
} as const

/** Paths of what the programs of a control plane prove themselves with, PEM. */
export interface Pki {
  readonly ca: string
  readonly server: { readonly cert: string; readonly key: string }
  /** The two halves of what signs the tokens of service accounts. */
  readonly serviceAccounts: { readonly publicKey: string; readonly privateKey: string }
  /** A kubeconfig for each user. */
  readonly kubeconfigs: Readonly<Record<keyof typeof USERS, string>>
  /** The admin's, as text, for a client of our own. */
  readonly admin: IssuedCertificate & { readonly ca: string }
}

/** Makes an authority, and writes what it issues into a folder. */
export async function createPki(folder: string): Promise<Pki> {
  await mkdir(folder, { recursive: true })
  const write = async (name: string, text: string) => {
    await Bun.write(join(folder, name), text)
    return join(folder, name)
  }
  const authority = await createCertificateAuthority('Connaisseur e2e Kubernetes')
  const server = await issueServerCertificate(authority, {
    dns: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    ip: [API_SERVER.host, KUBERNETES_SERVICE],
  })
  const tokens = createKeyPair('rsa2048')
  const admin = await issueClientCertificate(authority, USERS.admin)
  const kubeconfig = async (name: keyof typeof USERS) =>
    write(`${name}.kubeconfig`, await renderKubeconfig(authority, name))
  return {
    ca: await write('ca.crt', authority.cert),
    server: {
      cert: await write('server.crt', server.cert),
      key: await write('server.key', server.key),
    },
    serviceAccounts: {
      publicKey: await write('service-accounts.pub', toPublicKeyPem(tokens)),
      privateKey: await write('service-accounts.key', toPrivateKeyPem(tokens)),
    },
    kubeconfigs: {
      admin: await kubeconfig('admin'),
      'controller-manager': await kubeconfig('controller-manager'),
      scheduler: await kubeconfig('scheduler'),
      node: await kubeconfig('node'),
    },
    admin: { ...admin, ca: authority.cert },
  }
}

async function renderKubeconfig(
  authority: CertificateAuthority,
  name: keyof typeof USERS,
): Promise<string> {
  const { cert, key } = await issueClientCertificate(authority, USERS[name])
  const toBase64 = (text: string) => Buffer.from(text).toString('base64')
  const cluster = {
    server: `https://${API_SERVER.host}:${API_SERVER.port}`,
    'certificate-authority-data': toBase64(authority.cert),
  }
  const user = { 'client-certificate-data': toBase64(cert), 'client-key-data': toBase64(key) }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'e2e',
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: name } }],
    clusters: [{ name: 'e2e', cluster }],
    users: [{ name, user }],
  })
}
