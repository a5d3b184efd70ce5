import { TrustError } from '../errors.ts'
import type { Metadata } from './metadata.ts'

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

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

/** Fractions of a second are dropped, which is never later. */
function parseTime(name: string, text: string): Date {
  const [, seconds, zone] = RFC3339.exec(text) ?? []
  const local = new Date(`${seconds}Z`)
  const time = new Date(`${seconds}${zone}`)
  const exists = !Number.isNaN(time.getTime()) && local.toISOString().startsWith(`${seconds}.`)
  if (exists) return time
  throw new TrustError(
    'UNTRUSTED_MALFORMED_METADATA',
    `${name} metadata expires at ${JSON.stringify(text)}, which is no RFC 3339 time`,
  )
}
