import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import type { Report } from '../clients/report.ts'
import { ClusterError } from './cluster-error.ts'
import type { ClusterConnection } from './connection.ts'
import { connectInCluster, SERVICE_ACCOUNT_DIR } from './in-cluster.ts'
import { chooseContext, type Kubeconfig, mergeKubeconfigs, parseKubeconfig } from './kubeconfig.ts'
import { connectByKubeconfig } from './kubeconfig-connection.ts'

/** Where a cluster may be found, as flags and the environment say. */
export interface ClusterOptions {
  /** One file, as `kubectl --kubeconfig` takes it. */
  readonly kubeconfig?: string | undefined
  /** A context of it, or of the files that kubectl would read. Default is the current one. */
  readonly context?: string | undefined
  /** Lets a kubeconfig switch off that the server's certificate is checked. Default false. */
  readonly insecureSkipTlsVerify?: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether a plugin for credentials may talk to somebody. */
  readonly interactive: boolean
  readonly report: Report
  /** Default is where Kubernetes mounts it. */
  readonly serviceAccountDir?: string
}

/**
 * Finds the cluster: by a kubeconfig where one or a context is named, or as the pod that we are in; nothing
 * elsewhere. Throws a `ClusterError` (`MISCONFIGURED`) for an operator.
 */
export function findCluster(options: ClusterOptions): ClusterConnection | undefined {
  const { kubeconfig, context, environment, report } = options
  if (kubeconfig !== undefined) return connect(kubeconfig, [kubeconfig], options)
  if (context !== undefined) {
    const files = filesOfKubectl(environment)
    return connect(files.join(' and '), files.filter(existsSync), options)
  }
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment
  const { serviceAccountDir = SERVICE_ACCOUNT_DIR } = options
  if (!host || !existsSync(`${serviceAccountDir}/token`)) return undefined
  return orMisconfigured('this pod cannot use its service account', () =>
    connectInCluster({ host, port, serviceAccountDir, report }),
  )
}

function connect(what: string, files: readonly string[], options: ClusterOptions) {
  return orMisconfigured(`the kubeconfig ${what} cannot be used`, () => {
    if (files.length === 0) throw new SyntaxError('there is no such file')
    const config = mergeKubeconfigs(files.map(readKubeconfig))
    return connectByKubeconfig(chooseContext(config, options.context), {
      ...options,
      insecureSkipTlsVerify: options.insecureSkipTlsVerify ?? false,
    })
  })
}

/** The files of KUBECONFIG, in their order, or the one in the home. */
function filesOfKubectl({ KUBECONFIG = '', HOME = '' }: ClusterOptions['environment']) {
  const named = KUBECONFIG.split(delimiter).filter((each) => each !== '')
  return named.length > 0 ? named : [`${HOME}/.kube/config`]
}

function readKubeconfig(file: string): Kubeconfig {
  return parseKubeconfig(readFileSync(file, 'utf8'), resolve(dirname(file)))
}

function orMisconfigured<Result>(what: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const problem = 'code' in error ? `it cannot be read (${error.code})` : error.message
    throw new ClusterError('MISCONFIGURED', `${what}: ${problem}`, { cause: error })
  }
}
