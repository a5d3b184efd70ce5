import { sha256Of } from '../../trust/tuf/file.ts'
import type { Metadata } from '../../trust/tuf/metadata.ts'
import { newerChain, type RootChain } from '../../trust/tuf/root-chain.ts'
import type { Signers } from '../../trust/tuf/threshold.ts'
import { isSameRoot, type Known, seenOf } from './known.ts'

/** What one look at a repository found out. */
export interface Findings {
  /** What the look began with. */
  readonly before: Known | undefined
  readonly chain: RootChain
  /** The roles whose metadata verified. */
  readonly verified: ReadonlyMap<string, { readonly metadata: Metadata; readonly signers: Signers }>
  /** Whether all roles that it asked for verified. */
  readonly isWhole: boolean
}

/**
 * Adds findings to what is known by now; of two looks at the same time the newer findings stay.
 * Nothing where it became known meanwhile that the roots lead elsewhere.
 */
export function addFindings(
  known: Known | undefined,
  { before, chain, verified }: Findings,
): Known | undefined {
  const newest = known === undefined ? chain : newerChain(known.chain, chain)
  if (newest === undefined) return undefined
  const seen = new Map(known?.seen)
  for (const [role, { metadata, signers }] of verified) {
    // The chain holds the root.
    if (role === 'root') continue
    const found = seenOf(metadata, signers)
    const current = seen.get(role)
    if (current?.sha256 === found.sha256) continue
    const isOlder = current !== undefined && current.version > found.version
    if (!isOlder || current === before?.seen.get(role)) seen.set(role, found)
  }
  return { chain: newest, seen }
}

/** Tells whether a look found, or began with, the newest that is known by now. */
export function covers({ before, chain, verified }: Findings, known: Known): boolean {
  if (!isSameRoot(chain, known.chain)) return false
  return [...known.seen].every(([role, { sha256 }]) => {
    const found = verified.get(role)?.metadata.raw
    return sha256 === (found === undefined ? before?.seen.get(role)?.sha256 : sha256Of(found))
  })
}
