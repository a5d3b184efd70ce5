import { sha256Of } from '../../trust/tuf/file.ts'
import type { Metadata } from '../../trust/tuf/metadata.ts'
import type { Seen } from '../../trust/tuf/rollback.ts'
import { newerChain, type RootChain } from '../../trust/tuf/root-chain.ts'
import { findSigners, type Signers } from '../../trust/tuf/threshold.ts'

/** What is known of a repository under one pinned key; never altered, only replaced. */
export interface Known {
  readonly chain: RootChain
  /** By role: `timestamp`, `snapshot`, `targets` and delegations. */
  readonly seen: ReadonlyMap<string, Seen>
}

/**
 * Takes the newest of what two sources know of a repository: one of them may have missed something.
 * Where their roots part, one of them was deceived, and the first is believed.
 */
export function mergeKnown(a: Known | undefined, b: Known | undefined): Known | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const chain = newerChain(a.chain, b.chain)
  if (chain === undefined) return a
  const seen = new Map(a.seen)
  for (const [role, found] of b.seen) {
    const other = seen.get(role)
    if (other === undefined || other.version < found.version) seen.set(role, found)
  }
  return { chain, seen }
}

/** Tells whether two states of knowledge are of the same files. */
export function isSameKnown(a: Known, b: Known): boolean {
  if (a.seen.size !== b.seen.size || !isSameRoot(a.chain, b.chain)) return false
  return [...a.seen].every(([role, { sha256 }]) => b.seen.get(role)?.sha256 === sha256)
}

/** Tells whether two chains end in the same file. */
export function isSameRoot(a: RootChain, b: RootChain): boolean {
  return sha256Of(a.newest.raw) === sha256Of(b.newest.raw)
}

/** Notes what has to be remembered of verified metadata. */
export function seenOf(metadata: Metadata, signers: Signers): Seen {
  return {
    version: metadata.signed.version,
    sha256: sha256Of(metadata.raw),
    signedBy: findSigners(metadata, signers).map(({ identity }) => identity),
  }
}
