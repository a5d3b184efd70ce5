import type { Report } from '../clients/report.ts'
import { KubeClient } from '../cluster/client.ts'
import { findCluster } from '../cluster/connect.ts'
import type { ClusterConnection } from '../cluster/connection.ts'
import { ClusterOwners } from '../cluster/owners.ts'
import type { Arguments, Flag } from './command.ts'

/** The flags that name a cluster, as kubectl has them. */
export const CLUSTER_FLAGS = {
  kubeconfig: { value: 'FILE', help: 'how to reach the cluster; that of the pod without it' },
  context: {
    value: 'NAME',
    help: 'a context of the kubeconfig, or of the files that kubectl reads; the current one',
  },
  'insecure-skip-tls-verify': {
    help: 'let the kubeconfig switch off that the API server proves who it is',
  },
} as const satisfies Readonly<Record<string, Flag>>

/** The cluster that a program serves. */
export interface Cluster {
  readonly connection: ClusterConnection
  readonly owners: ClusterOwners
}

/**
 * Connects to the cluster that the flags name, or that this pod is in; nothing elsewhere. Throws an
 * `Error` for the person who called if it is named and cannot be used.
 */
export function connectCluster(flags: Arguments['flags'], report: Report): Cluster | undefined {
  const connection = findCluster({
    kubeconfig: flags['kubeconfig'],
    context: flags['context'],
    insecureSkipTlsVerify: flags['insecure-skip-tls-verify'] !== undefined,
    environment: process.env,
    interactive: process.stdin.isTTY === true,
    report,
  })
  if (connection === undefined) return undefined
  return { connection, owners: new ClusterOwners(new KubeClient({ connection, report }), report) }
}
