import { Api } from './api.ts'
import { Kubectl } from './kubectl.ts'
import type { Pki } from './pki.ts'

/** What `run.ts` tells the specs, in a file that this variable of the environment names. */
export interface ClusterHandle {
  readonly folder: string
  /** Paths. */
  readonly programs: { readonly kubectl: string; readonly helm: string }
  readonly pki: Pki
  readonly auditLog: string
}

export const HANDLE_VARIABLE = 'CONNAISSEUR_E2E_CLUSTER'

/** The cluster that is up, as a person with all rights meets it. */
export interface Cluster extends ClusterHandle {
  readonly api: Api
  readonly kubectl: Kubectl
}

/** Finds the cluster that these specs run against. */
export async function findCluster(): Promise<Cluster> {
  const file = process.env[HANDLE_VARIABLE]
  if (file === undefined) throw new Error('no cluster is up: run `make e2e`')
  const handle: ClusterHandle = await Bun.file(file).json()
  const { folder, programs, pki } = handle
  return {
    ...handle,
    api: new Api(pki.admin),
    kubectl: new Kubectl(programs.kubectl, pki.kubeconfigs.admin, folder),
  }
}
