import { afterEach } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ClusterOptions, findCluster } from '../../src/cluster/connect.ts'
import type { ClusterConnection } from '../../src/cluster/connection.ts'
import { issueClientCertificate } from '../support/certificate.ts'
import { AUTHORITY } from './fixture.ts'

/** A client certificate of the cluster. */
export const CLIENT = await issueClientCertificate(AUTHORITY, { user: 'connaisseur' })

/** A deadline far away. */
export const FOREVER = new AbortController().signal

export const toBase64 = (text: string) => Buffer.from(text).toString('base64')

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Writes files into a fresh folder; those that start with `#!` can be run. */
export function writeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'connaisseur-cluster-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    if (text.startsWith('#!')) chmodSync(file, 0o755)
  }
  return folder
}

/** Renders a kubeconfig with one context, `spec`, of a cluster and a user. */
export function kubeconfig(
  cluster: Readonly<Record<string, unknown>> = {},
  user: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'spec',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'spec', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
  })
}

/** Finds the cluster of a kubeconfig that is `config` in a folder. */
export function connectBy(
  folder: string,
  options: Partial<ClusterOptions> = {},
): ClusterConnection {
  const found = findCluster({
    kubeconfig: join(folder, 'config'),
    environment: { PATH: process.env['PATH'] },
    interactive: false,
    report: () => {},
    ...options,
  })
  if (found === undefined) throw new Error('no cluster was found')
  return found
}

/** Resolves to what is shown to the API server, in the clear. */
export async function identityOf(connection: ClusterConnection, signal = FOREVER) {
  const { token, clientCertificate } = await connection.authenticate(signal)
  return { token: token?.reveal(), clientCertificate }
}
