import { quote } from '../../text/quote.ts'
import { parseRfc3339 } from '../../text/rfc3339.ts'
import { TrustError } from '../errors.ts'
import type { Metadata } from './metadata.ts'

/**
 * Verifies that metadata has not expired at `now`; the moment of expiry itself is too late (TUF
 * 5.3.10). Throws `UNTRUSTED_EXPIRED`, or `UNTRUSTED_MALFORMED_METADATA` for what is no RFC 3339
 * time.
 */
export function verifyNotExpired(name: string, metadata: Metadata, now: Date): void {
  const expires = parseTime(name, metadata.signed.expires)
  if (now.getTime() < expires.getTime()) return
  throw new TrustError(
    'UNTRUSTED_EXPIRED',
    `${name} metadata version ${metadata.signed.version} expired at ${metadata.signed.expires}`,
  )
}

function parseTime(name: string, text: string): Date {
  const time = parseRfc3339(text)
  if (time !== undefined) return time
  throw new TrustError(
    'UNTRUSTED_MALFORMED_METADATA',
    `${name} metadata expires at ${quote(text)}, which is no RFC 3339 time`,
  )
}
