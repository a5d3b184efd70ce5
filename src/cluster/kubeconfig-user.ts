import { resolve } from 'node:path'
import type { Report } from '../clients/report.ts'
import type { ClusterConnection, ClusterCredentials } from './connection.ts'
import { ExecPlugin } from './exec-plugin.ts'
import type { ClusterEntry, Placed, UserEntry } from './kubeconfig.ts'
import { watchPem } from './kubeconfig-pem.ts'
import { checkPrivateKey, readCertificates } from './pem-text.ts'
import { readToken, watchToken } from './token-file.ts'

/** Who we are to an API server. */
export type Identity = Pick<ClusterConnection, 'authenticate' | 'refused'>

/** What a kubeconfig does not say of its user. */
export interface IdentitySurroundings {
  readonly report: Report
  /** For plugins. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether a plugin may talk to somebody. */
  readonly interactive: boolean
}

/** Nobody in particular. */
export const ANONYMOUS: Identity = { authenticate: () => Promise.resolve({}), refused: () => {} }

/** What would change who we are if it was ignored. */
const UNSUPPORTED = ['auth-provider', 'username', 'password', 'as', 'as-uid', 'as-groups']

/** A token and a client certificate may be shown together; a plugin is for who has neither. */
export function identify(
  user: Placed<UserEntry>,
  cluster: ClusterEntry,
  { report, environment, interactive }: IdentitySurroundings,
): Identity {
  const { entry, folder } = user
  const unsupported = UNSUPPORTED.find((key) => Object.hasOwn(entry, key))
  if (unsupported !== undefined) {
    throw new SyntaxError(`its user has "${unsupported}", which is not supported`)
  }
  const own = watchOwn(user, report)
  if (own !== undefined) return { authenticate: async () => own(), refused: () => {} }
  if (entry.exec === undefined) return ANONYMOUS
  const plugin = new ExecPlugin({
    settings: entry.exec,
    folder,
    environment,
    cluster: describeCluster(cluster),
    interactive,
    now: Date.now,
  })
  return {
    authenticate: (signal) => plugin.authenticate(signal),
    refused: (credentials) => plugin.refused(credentials),
  }
}

/** The same credentials are the same object each time. */
function watchOwn(
  { entry, folder }: Placed<UserEntry>,
  report: Report,
): (() => ClusterCredentials) | undefined {
  const place = { entry, folder }
  const cert = watchPem(place, 'client-certificate', readCertificates, report)
  const key = watchPem(place, 'client-key', checkPrivateKey, report)
  if ((cert === undefined) !== (key === undefined)) {
    throw new SyntaxError('its user has only one of client-certificate and client-key')
  }
  const token = watchOwnToken(entry, folder, report)
  if (cert === undefined && token === undefined) return undefined
  let last: readonly unknown[] = []
  let credentials: ClusterCredentials = {}
  return () => {
    const now = [token?.(), cert?.(), key?.()] as const
    if (now.some((each, index) => each !== last[index])) {
      last = now
      const [held, certPem, keyPem] = now
      credentials = {
        ...held,
        ...(certPem && keyPem && { clientCertificate: { cert: certPem, key: keyPem } }),
      }
    }
    return credentials
  }
}

/** A file goes before the text beside it (client-go, AuthInfo). */
function watchOwnToken(
  { token, tokenFile }: UserEntry,
  folder: string,
  report: Report,
): (() => ClusterCredentials) | undefined {
  if (tokenFile) return watchToken(resolve(folder, tokenFile), report)
  if (!token) return undefined
  const credentials = { token: readToken(token) }
  return () => credentials
}

/** What a plugin is told (Cluster of client.authentication.k8s.io). */
function describeCluster(entry: ClusterEntry): Readonly<Record<string, unknown>> {
  const config = entry.extensions?.find(
    ({ name }) => name === 'client.authentication.k8s.io/exec',
  )?.extension
  return {
    server: entry.server,
    'tls-server-name': entry['tls-server-name'],
    'insecure-skip-tls-verify': entry['insecure-skip-tls-verify'],
    'certificate-authority-data': entry['certificate-authority-data'],
    'proxy-url': entry['proxy-url'],
    config,
  }
}
