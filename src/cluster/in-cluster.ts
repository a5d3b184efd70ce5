import type { Report } from '../clients/report.ts'
import { watchFile } from '../clients/watched-file.ts'
import type { ClusterConnection } from './connection.ts'
import { readCertificates } from './pem-text.ts'
import { watchToken } from './token-file.ts'

/** Where Kubernetes mounts the service account of a pod. */
export const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Where a pod finds its cluster. */
export interface InClusterOptions {
  /** Of the variables `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`. */
  readonly host: string
  readonly port: string
  /** Holds `token`, `ca.crt` and `namespace`. */
  readonly serviceAccountDir: string
  readonly report: Report
}

/**
 * Connects as the service account of this pod; token and CA are read again when they change. Throws
 * an `Error` for an operator if one of them is missing.
 */
export function connectInCluster(options: InClusterOptions): ClusterConnection {
  const { host, port, serviceAccountDir: folder, report } = options
  const server = URL.parse(`https://${host.includes(':') ? `[${host}]` : host}:${port}`)
  if (server === null) {
    throw new Error('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT name no server')
  }
  const credentials = watchToken(`${folder}/token`, report)
  const read = (name: string, parse: (text: string) => string) =>
    watchFile({
      what: `${name} of the service account`,
      files: [`${folder}/${name}`],
      parse,
      report,
    })
  return {
    server,
    description: 'the service account of this pod',
    namespace: read('namespace', (text) => text.trim())(),
    ca: read('ca.crt', readCertificates),
    authenticate: () => Promise.resolve(credentials()),
    refused: () => {},
  }
}
