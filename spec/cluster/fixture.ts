import { KubeClient } from '../../src/cluster/client.ts'
import { ClusterError } from '../../src/cluster/cluster-error.ts'
import type { ClusterConnection, ClusterCredentials } from '../../src/cluster/connection.ts'
import type { Resource } from '../../src/cluster/resource.ts'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { type KubeServer, type KubeServerOptions, startKube } from '../support/kube/server.ts'

/** The CA of every API server of these specs. */
export const AUTHORITY = await createCertificateAuthority('the cluster CA')

const tls = await issueServerCertificate(AUTHORITY)

export const SECRETS: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
}

export const ROLES: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
}

/** Starts an API server with a certificate of `AUTHORITY` for 127.0.0.1. */
export function startServer(options: Partial<KubeServerOptions> = {}): KubeServer {
  return startKube({ tls, ...options })
}

/** Connects to a server with what is given, anonymously by default. */
export function connectTo(
  { url }: Pick<KubeServer, 'url'>,
  options: Partial<ClusterConnection> & { readonly credentials?: ClusterCredentials } = {},
): ClusterConnection {
  const { credentials = {}, ...rest } = options
  return {
    server: new URL(url),
    description: 'spec',
    ca: () => AUTHORITY.cert,
    authenticate: () => Promise.resolve(credentials),
    refused: () => {},
    ...rest,
  }
}

/** Makes a client of a server that is to hear no report. */
export function makeClient(
  server: Pick<KubeServer, 'url'>,
  options: Parameters<typeof connectTo>[1] = {},
): KubeClient {
  const report = (message: string) => {
    throw new Error(message)
  }
  return new KubeClient({ connection: connectTo(server, options), report })
}

/** Resolves to the code and message of the `ClusterError` that a promise has to reject with. */
export async function clusterFailureOf(work: Promise<unknown>): Promise<readonly [string, string]> {
  try {
    await work
  } catch (error) {
    if (error instanceof ClusterError) return [error.code, error.message]
    throw error
  }
  throw new Error('nothing failed')
}
