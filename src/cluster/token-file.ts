import type { Report } from '../clients/report.ts'
import { watchFile } from '../clients/watched-file.ts'
import { Secret } from '../text/secret.ts'
import type { ClusterCredentials } from './connection.ts'

/**
 * Checks a bearer token and hides it. Throws a `SyntaxError` for one that could not stand in a header
 * (RFC 6750, section 2.1, is narrower; tokens of clouds are not).
 */
export function readToken(text: string): Secret {
  const token = text.trim()
  if (!/^[\x21-\x7e]+$/.test(token)) throw new SyntaxError('it holds no token')
  return new Secret(token)
}

/**
 * Watches a file with a token: Kubernetes replaces those of service accounts every hour. Throws an
 * `Error` if the first cannot be used; the same token is the same object each time.
 */
export function watchToken(file: string, report: Report): () => ClusterCredentials {
  return watchFile({
    what: 'token of the API server',
    files: [file],
    parse: (text): ClusterCredentials => ({ token: readToken(text) }),
    report,
  })
}
