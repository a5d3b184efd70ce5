import { TrustError } from '../../trust/errors.ts'
import type { Metadata } from '../../trust/tuf/metadata.ts'
import { parentOf } from '../../trust/tuf/role-name.ts'
import type { Seen } from '../../trust/tuf/rollback.ts'
import type { RootAnchor } from '../../trust/tuf/root.ts'
import { anchorRoot, extendChain, type RootChain } from '../../trust/tuf/root-chain.ts'
import { readSigners, type Signers, verifyThreshold } from '../../trust/tuf/threshold.ts'
import { type Known, seenOf } from './known.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { StoredTrustData } from './store.ts'

/** What of stored bytes is usable, and what is wrong with the rest. */
export interface Proof {
  readonly known?: Known
  readonly problems: readonly string[]
}

/**
 * Verifies stored bytes from the pin down, as if they came from an attacker: who can write to the
 * store gains no trust and no version that the repository's keys did not sign. Expiry does not
 * matter to what was seen.
 */
export function proveStored(
  { roots, roles }: StoredTrustData,
  anchor: RootAnchor,
  cache: MetadataCache,
): Proof {
  const problems: string[] = []
  const attempt = <Result>(prove: () => Result): Result | undefined => {
    try {
      return prove()
    } catch (error) {
      if (!(error instanceof TrustError)) throw error
      problems.push(error.message)
      return undefined
    }
  }
  const chain = attempt(() => proveRoots(roots, anchor, cache))
  if (chain === undefined) return { problems }
  const proven = new Map<string, Metadata>()
  const seen = new Map<string, Seen>()
  // Parents before their children, whatever the order in the store.
  for (const [role, bytes] of [...roles].toSorted(([a], [b]) => a.length - b.length)) {
    const signers = findAppointed(role, chain, proven)
    if (signers === undefined) continue
    const metadata = attempt(() => proveRole(role, bytes, signers, cache))
    if (metadata === undefined) continue
    proven.set(role, metadata)
    seen.set(role, seenOf(metadata, signers))
  }
  return { known: { chain, seen }, problems }
}

function proveRoots(
  roots: readonly Uint8Array[],
  anchor: RootAnchor,
  cache: MetadataCache,
): RootChain {
  const [first, ...later] = roots.map((bytes) => cache.read('root', 'root', bytes))
  if (first === undefined) throw new TrustError('UNTRUSTED_ROOT', 'no root is stored')
  return later.reduce(extendChain, anchorRoot(first, anchor))
}

function proveRole(
  role: string,
  bytes: Uint8Array,
  signers: Signers,
  cache: MetadataCache,
): Metadata {
  const kind = role === 'timestamp' || role === 'snapshot' ? role : 'targets'
  const metadata = cache.read(kind, role, bytes)
  verifyThreshold(role, metadata, signers)
  return metadata
}

/** Finds who may sign a role; nothing where nobody appoints it any more. */
function findAppointed(
  role: string,
  chain: RootChain,
  proven: ReadonlyMap<string, Metadata>,
): Signers | undefined {
  const { roles, keys } = chain.newest.signed
  if (role === 'timestamp' || role === 'snapshot' || role === 'targets') {
    return readSigners(roles[role], keys)
  }
  const parent = proven.get(parentOf(role))?.signed
  if (parent === undefined || !('targets' in parent)) return undefined
  const appointed = parent.delegations?.roles?.find(({ name }) => name === role)
  return appointed && readSigners(appointed, parent.delegations?.keys ?? {})
}
