import { parseChallenges } from './challenge.ts'
import { isLoopback } from './loopback.ts'

/** Where tokens for a server come from, as the server says in its challenge. */
export interface TokenEndpoint {
  readonly realm: URL
  readonly service: string | undefined
}

/** The longest service name that is sent on, in characters. */
const MAX_SERVICE_LENGTH = 255

/**
 * Reads the token endpoint from the `WWW-Authenticate` header of a 401. Throws a `SyntaxError`
 * that says why it is not to be used: credentials go there, so it has to be HTTPS, unless the server
 * itself is plain HTTP on the loopback interface and the endpoint is too.
 */
export function readTokenEndpoint(server: URL, header: string | null): TokenEndpoint {
  if (header === null) throw new SyntaxError('without saying how it wants to be asked')
  const challenges = parseChallenges(header)
  const params = challenges.find(({ scheme }) => scheme === 'bearer')?.params
  if (params === undefined) {
    const scheme = challenges[0]?.scheme === 'basic' ? 'Basic' : 'another'
    throw new SyntaxError(`with ${scheme} authentication, of which only Bearer tokens are spoken`)
  }
  const realm = URL.parse(params.get('realm') ?? '')
  if (realm === null) throw new SyntaxError('with a token endpoint that is no URL')
  if (realm.username !== '' || realm.password !== '' || realm.hash !== '') {
    throw new SyntaxError('with a token endpoint that holds a user or a fragment')
  }
  if (realm.protocol !== 'https:' && !(isLoopbackHttp(server) && isLoopbackHttp(realm))) {
    throw new SyntaxError(`with the token endpoint ${realm.host}, which is not https`)
  }
  const service = params.get('service')
  if (service !== undefined && service.length > MAX_SERVICE_LENGTH) {
    throw new SyntaxError('with a service name that is too long')
  }
  return { realm, service }
}

function isLoopbackHttp({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopback(hostname)
}
