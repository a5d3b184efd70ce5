import type { Digest } from '../image/digest.ts'
import type { TrustErrorCode } from '../trust/errors.ts'

/** For how long verdicts are used again, as `features.cache` of the configuration has it. */
export interface CacheSettings {
  /** How long a verdict counts, in seconds; 0 and less: every image is verified anew. */
  readonly expirySeconds: number
  /** Whether a definite denial counts that long too. */
  readonly cacheErrors: boolean
  /** How much longer a trusted verdict counts while its server is unavailable, in seconds. */
  readonly staleIfUnavailableSeconds: number
}

/** A definite verdict of a validator, as it is kept: never an outage, a mistake of ours or a guess. */
export type KeptVerdict = KeptTrust | KeptDenial

/** The digest that was proven. */
export interface KeptTrust {
  readonly trusted: true
  readonly digest: Digest
  /** When the verification was asked for, in milliseconds since 1970. */
  readonly checkedAt: number
  /** When the first of what it was proven with expires, in milliseconds since 1970. */
  readonly expiresAt?: number
}

/** What the publisher has to mend. */
export interface KeptDenial {
  readonly trusted: false
  /** One of `UNTRUSTED_*`. */
  readonly code: TrustErrorCode
  readonly reason: string
  /** When the verification was asked for, in milliseconds since 1970. */
  readonly checkedAt: number
}

/**
 * How far a verdict may seem to come from the future, in milliseconds: clocks of replicas differ. A
 * clock that was set back further would make verdicts live as long as it was set back.
 */
const MAX_SKEW_MS = 5000

/** Tells whether a verdict answers a request of this moment, in milliseconds since 1970. */
export function isFresh(kept: KeptVerdict, now: number, settings: CacheSettings): boolean {
  if (!kept.trusted && !settings.cacheErrors) return false
  return isWithin(kept, now, settings.expirySeconds)
}

/** Tells whether a verdict may stand in for a server that is unavailable at this moment. */
export function isStandIn(
  kept: KeptVerdict,
  now: number,
  { expirySeconds, staleIfUnavailableSeconds }: CacheSettings,
): kept is KeptTrust {
  if (!kept.trusted) return false
  return isWithin(kept, now, Math.max(expirySeconds, 0) + staleIfUnavailableSeconds)
}

/** For how long a verdict is of any use, in milliseconds; a denial as long as the trust it ends. */
export function lifetimeMs({ expirySeconds, staleIfUnavailableSeconds }: CacheSettings): number {
  return (Math.max(expirySeconds, 0) + staleIfUnavailableSeconds) * 1000
}

/** A proof does not outlive what it was proven with, whatever the settings are. */
function isWithin(kept: KeptVerdict, now: number, seconds: number): boolean {
  if (kept.trusted && kept.expiresAt !== undefined && now >= kept.expiresAt) return false
  const age = now - kept.checkedAt
  return age >= -MAX_SKEW_MS && age < seconds * 1000
}
