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

/** Takes the newest of what two stores know of a repository: one of them may have missed something. */
export function mergeKnown(a: Known | undefined, b: Known | undefined): Known | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const seen = new Map(a.seen)
  for (const [role, found] of b.seen) {
    const other = seen.get(role)
    if (other === undefined || other.version < found.version) seen.set(role, found)
  }
  const isNewer = b.chain.newest.signed.version > a.chain.newest.signed.version
  return { chain: isNewer ? b.chain : a.chain, seen }
}

/** Notes what has to be remembered of verified metadata. */
export function seenOf(metadata: Metadata, signers: Signers): Seen {
  return {
    version: metadata.signed.version,
    sha256: sha256Of(metadata.raw),
    signedBy: findSigners(metadata, signers).map(({ identity }) => identity),
  }
}
