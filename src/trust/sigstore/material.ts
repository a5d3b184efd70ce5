import type { PublicKey } from '../key.ts'
import type { Certificate } from './certificate.ts'
import type { Witnessing } from './witness.ts'

/** From when to when a log or an authority is trusted. */
export interface Validity {
  readonly start: Date
  /** Open where nothing is said. */
  readonly end?: Date | undefined
}

/** A transparency log or a certificate-transparency log. */
export interface Log {
  /**
   * The name that a checkpoint has to bear. Unset for a log that is named by the hash of its key, as
   * Rekor v1 is: such logs sign under any name, a private one under that of its pod.
   */
  readonly origin?: string | undefined
  /** By what entries name the log: SHA-256 of the public key, or the key id of its checkpoints. */
  readonly ids: readonly Buffer[]
  readonly key: PublicKey
  readonly validity: Validity
  /** Set where its entries count by checkpoints that witnesses cosigned, and by nothing else. */
  readonly witnessing?: Witnessing | undefined
}

/** A certificate authority, or one that signs timestamps. */
export interface Authority {
  /** Each signed by the next; the last one is the anchor. */
  readonly chain: readonly Certificate[]
  readonly validity: Validity
}

/**
 * Whom keyless signatures, log entries and timestamps are verified against, parsed once and used for
 * every verification. Where a part is empty, what needs it is `MISCONFIGURED_TRUST_MATERIAL`.
 */
export interface TrustMaterial {
  readonly certificateAuthorities: readonly Authority[]
  readonly timestampAuthorities: readonly Authority[]
  readonly transparencyLogs: readonly Log[]
  readonly ctLogs: readonly Log[]
}

/** For keys with `verifyInTransparencyLog: false`, which need nothing. */
export const NO_TRUST_MATERIAL: TrustMaterial = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  transparencyLogs: [],
  ctLogs: [],
}

/** Tells whether a time lies within a validity, both ends included. */
export function isWithin({ start, end }: Validity, time: Date): boolean {
  return start <= time && (end === undefined || time <= end)
}
