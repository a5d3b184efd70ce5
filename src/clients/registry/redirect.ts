import { TrustError } from '../../trust/errors.ts'
import type { HttpAnswer } from '../http.ts'

/** RFC 9110, 15.4: those that name another address for the same request. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/**
 * Reads where an answer sends us; nothing where it does not. Throws `UNAVAILABLE_STATUS` for an
 * address that is none, or that is spoken to with another scheme than its host has to be: a registry
 * with TLS must not lead to a server without.
 */
export function findRedirect(
  { status, headers }: HttpAnswer,
  from: URL,
  schemeOf: (host: string) => 'http' | 'https',
): URL | undefined {
  if (!REDIRECTS.includes(status)) return undefined
  const target = URL.parse(headers.get('location') ?? '', from.href)
  if (headers.get('location') === null || target === null) {
    throw refusal(from, 'to no address')
  }
  if (target.username !== '' || target.password !== '') {
    throw refusal(from, 'to an address with a user')
  }
  const isPlain = target.protocol === 'http:'
  const isPlainToo = isPlain && from.protocol === 'http:' && schemeOf(target.host) === 'http'
  if (target.protocol === 'https:' || isPlainToo) return target
  throw refusal(from, `to ${target.host}, which is not https`)
}

function refusal({ host }: URL, where: string): TrustError {
  return new TrustError('UNAVAILABLE_STATUS', `${host} redirects ${where}`)
}
