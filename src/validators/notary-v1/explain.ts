import type { Digest } from '../../image/digest.ts'
import { type Reference, repositoryName } from '../../image/reference.ts'
import { TrustError } from '../../trust/errors.ts'
import type { PublicKey } from '../../trust/key.ts'
import type { Metadata } from '../../trust/tuf/metadata.ts'
import type { RootChain } from '../../trust/tuf/root-chain.ts'
import { findSigners, readSigners } from '../../trust/tuf/threshold.ts'
import type { Fact, Step, ValidationContext } from '../validator.ts'
import type { Look, VerifiedMetadata } from './trust-data.ts'

type Trace = (step: Step) => void

/** Tells of a look at a repository: the server, the roots walked, each role and what failed. */
export function traceLook(
  trace: Trace,
  server: string,
  { look, error }: { readonly look: Look; readonly error?: unknown },
): void {
  const { gun, fetched } = look.files
  trace({ step: 'server', ok: true, facts: { url: server, repository: gun } })
  if (look.chain !== undefined) trace(describeRoots(look.chain, look.known !== undefined))
  for (const [role, verified] of look.verified) {
    trace({ step: role, ok: true, facts: describeRole(role, verified, fetched) })
  }
  if (error !== undefined) trace({ step: look.step, ok: false, facts: describeFailure(error) })
}

/** Runs the search for the signed digest and tells of it. */
export function traceTarget(
  trace: ValidationContext['trace'],
  image: Reference,
  find: () => Digest,
): Digest {
  const asked = { repository: repositoryName(image), ...(image.tag && { tag: image.tag }) }
  try {
    const digest = find()
    trace?.({ step: 'target', ok: true, facts: { ...asked, digest } })
    return digest
  } catch (error) {
    trace?.({ step: 'target', ok: false, facts: { ...asked, ...describeFailure(error) } })
    throw error
  }
}

function describeRoots({ pin, roots }: RootChain, wasKnown: boolean): Step {
  const versions = roots.map(({ signed }) => String(signed.version))
  const begin = wasKnown ? 'remembered' : 'pinned key'
  return {
    step: 'roots',
    ok: true,
    facts: { pinnedKey: findKeyId(roots[0], pin), versions, begin },
  }
}

/** The id by which the first root, and `notary key list`, know the pinned key. */
function findKeyId(root: Metadata<'root'> | undefined, { identity }: PublicKey): string {
  const keys = root && readSigners(root.signed.roles.root, root.signed.keys).keys
  return [...(keys ?? [])].find(([, { key }]) => key.identity === identity)?.[0] ?? identity
}

function describeRole(
  role: string,
  { metadata, signers }: VerifiedMetadata,
  fetched: ReadonlySet<string>,
): Record<string, Fact> {
  const { version, expires } = metadata.signed
  const keyIdOf = new Map([...signers.keys].map(([keyId, { key }]) => [key.identity, keyId]))
  const signedBy = findSigners(metadata, signers).map(({ identity }) => keyIdOf.get(identity) ?? '')
  const isNew = role === 'timestamp' || fetched.has(role)
  return {
    version,
    expires,
    signers: signedBy,
    threshold: signers.threshold,
    keys: [...signers.keys.keys()],
    from: isNew ? 'server' : 'memory',
  }
}

function describeFailure(error: unknown): Record<string, Fact> {
  if (error instanceof TrustError) return { code: error.code, reason: error.message }
  return { code: 'INTERNAL', reason: 'unexpected failure' }
}
