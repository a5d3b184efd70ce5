import { sha256Of } from '../../trust/tuf/file.ts'
import type { Metadata } from '../../trust/tuf/metadata.ts'
import type { Seen } from '../../trust/tuf/rollback.ts'
import type { RootChain } from '../../trust/tuf/root-chain.ts'
import { findSigners, type Signers } from '../../trust/tuf/threshold.ts'

/** What is known of a repository under one pinned key; never altered, only replaced. */
export interface Known {
  readonly chain: RootChain
  /** By role: `timestamp`, `snapshot`, `targets` and delegations. */
  readonly seen: ReadonlyMap<string, Seen>
}

/** Notes what has to be remembered of verified metadata. */
export function seenOf(metadata: Metadata, signers: Signers): Seen {
  return {
    version: metadata.signed.version,
    sha256: sha256Of(metadata.raw),
    signedBy: findSigners(metadata, signers).map(({ identity }) => identity),
  }
}
