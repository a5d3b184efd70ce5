import { TrustError } from '../errors.ts'
import { sha256Of } from './file.ts'
import type { Metadata } from './metadata.ts'
import type { Signers } from './threshold.ts'

/** What is remembered of the newest metadata of a role that was ever verified. */
export interface Seen {
  readonly version: number
  /** Hex, of the file as it was served. */
  readonly sha256: string
  /** The identities of the keys that signed it. */
  readonly signedBy: readonly string[]
}

/**
 * Verifies that metadata is not older than what was seen of its role, nor another file of the same
 * version; throws `UNTRUSTED_ROLLBACK`.
 *
 * What was seen counts only as long as the role's keys of today would still make it trusted: when a
 * stolen key that signed a version of 2^53 is replaced, the repository goes on (TUF 5.3.11, fast
 * forward attacks).
 */
export function verifyNotOlder(
  name: string,
  metadata: Metadata,
  signers: Signers,
  seen: Seen | undefined,
): void {
  if (seen === undefined || !countsStill(seen, signers)) return
  const { version } = metadata.signed
  if (version < seen.version) {
    throw new TrustError(
      'UNTRUSTED_ROLLBACK',
      `${name} metadata version ${version} is older than version ${seen.version}, which was trusted before`,
    )
  }
  if (version === seen.version && sha256Of(metadata.raw) !== seen.sha256) {
    throw new TrustError(
      'UNTRUSTED_ROLLBACK',
      `${name} metadata version ${version} is another file than the one of that version that was trusted before`,
    )
  }
}

/**
 * Verifies that a role which the snapshot does not list was never trusted under its keys of today;
 * throws `UNTRUSTED_ROLLBACK`. Whoever signs snapshots could else leave a role out (TUF 5.5.5).
 */
export function verifyNeverSeen(name: string, signers: Signers, seen: Seen | undefined): void {
  if (seen === undefined || !countsStill(seen, signers)) return
  throw new TrustError(
    'UNTRUSTED_ROLLBACK',
    `the snapshot does not list ${name} any more, of which version ${seen.version} was trusted before`,
  )
}

function countsStill({ signedBy }: Seen, { keys, threshold }: Signers): boolean {
  const identities = new Set([...keys.values()].map(({ key }) => key.identity))
  return signedBy.filter((identity) => identities.has(identity)).length >= threshold
}
