import type { ClusterConnection } from './connection.ts'
import type { ChosenContext, ClusterEntry } from './kubeconfig.ts'
import { watchPem } from './kubeconfig-pem.ts'
import { ANONYMOUS, type IdentitySurroundings, identify } from './kubeconfig-user.ts'
import { readCertificates } from './pem-text.ts'

/** What a kubeconfig does not say. */
export interface KubeconfigSurroundings extends IdentitySurroundings {
  /** Lets a kubeconfig switch off that the server's certificate is checked. */
  readonly insecureSkipTlsVerify: boolean
}

/**
 * Connects as a context says. Throws a `SyntaxError` or an `Error`, for an operator, if something of it
 * cannot be used; files are read again when they change.
 */
export function connectByKubeconfig(
  { name, namespace, cluster, user }: ChosenContext,
  surroundings: KubeconfigSurroundings,
): ClusterConnection {
  const { entry } = cluster
  const server = readServer(entry)
  const insecureSkipVerify = entry['insecure-skip-tls-verify'] === true
  if (insecureSkipVerify && !surroundings.insecureSkipTlsVerify) {
    throw new SyntaxError(
      'its cluster asks for insecure-skip-tls-verify, so anybody could answer for it; give its certificate-authority, or allow it with --insecure-skip-tls-verify',
    )
  }
  const ca = insecureSkipVerify
    ? undefined
    : watchPem(cluster, 'certificate-authority', readCertificates, surroundings.report)
  const identity =
    // Credentials do not go over a connection that is not encrypted (client-go, IsConfigTransportTLS).
    user === undefined || server.protocol === 'http:'
      ? ANONYMOUS
      : identify(user, entry, surroundings)
  return {
    server,
    description: `the context ${name}`,
    namespace,
    ca: ca ?? (() => undefined),
    serverName: entry['tls-server-name'] || undefined,
    insecureSkipVerify,
    proxy: readProxy(entry),
    ...identity,
  }
}

function readServer({ server }: ClusterEntry): URL {
  const url = URL.parse(server)
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '')
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) {
    throw new SyntaxError('its server is no https:// URL (http:// is for this machine only)')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new SyntaxError('its server holds more than a host and a path')
  }
  return url
}

function readProxy({ 'proxy-url': text }: ClusterEntry): string | undefined {
  if (!text) return undefined
  const protocol = URL.parse(text)?.protocol
  if (protocol === 'http:' || protocol === 'https:') return text
  throw new SyntaxError('its proxy-url is neither http:// nor https://')
}
