import { quote } from '../../text/quote.ts'
import { TrustError } from '../errors.ts'
import type { PublicKey } from '../key.ts'
import { type SignatureMethod, verifySignature } from '../signature.ts'
import { type RepositoryKey, readRepositoryKey } from './key.ts'
import type { Metadata, MetadataKey, MetadataSignature, RoleKeys } from './metadata.ts'

const METHODS: readonly string[] = ['ecdsa', 'rsapss', 'eddsa'] satisfies SignatureMethod[]

/** The keys that a role is signed with and how many of them have to. */
export interface Signers {
  readonly threshold: number
  readonly keys: ReadonlyMap<string, RepositoryKey>
  /** For each key id of the role that cannot count, why. */
  readonly unusable: ReadonlyMap<string, string>
  /** How a message calls the keys where they are not the role's own ones. */
  readonly whose?: string
}

/** Reading keys takes longer than all else, and the metadata that lists them stays for months. */
const read = new WeakMap<RoleKeys, Signers>()

/** Picks the keys of a role from the keys of the metadata that appoints it. */
export function readSigners(role: RoleKeys, keys: Readonly<Record<string, MetadataKey>>): Signers {
  const signers = read.get(role) ?? readKeys(role, keys)
  read.set(role, signers)
  return signers
}

function readKeys(role: RoleKeys, keys: Readonly<Record<string, MetadataKey>>): Signers {
  const usable = new Map<string, RepositoryKey>()
  const unusable = new Map<string, string>()
  for (const keyId of new Set(role.keyids)) {
    const key = Object.hasOwn(keys, keyId) ? keys[keyId] : undefined
    try {
      if (key === undefined) throw new SyntaxError('it is not listed among the keys')
      usable.set(keyId, readRepositoryKey(keyId, key))
    } catch (error) {
      unusable.set(keyId, error instanceof SyntaxError ? error.message : 'it cannot be read')
    }
  }
  return { threshold: role.threshold, keys: usable, unusable }
}

/**
 * The keys that are known to have signed metadata, by identity: files are verified at every
 * admission, and a signature that was good stays good.
 */
const proven = new WeakMap<Metadata, Set<string>>()

/**
 * Verifies that metadata is signed by as many distinct keys as its role demands. Keys are told
 * apart by what they are, not by their ids: one key as certificate and as bare key signs once.
 * Returns the keys that signed; throws `UNTRUSTED_SIGNATURE`.
 */
export function verifyThreshold(
  name: string,
  metadata: Metadata,
  signers: Signers,
): readonly PublicKey[] {
  const signed = findSigners(metadata, signers)
  if (signed.length < signers.threshold) {
    const { threshold, keys, unusable, whose = 'its' } = signers
    throw new TrustError(
      'UNTRUSTED_SIGNATURE',
      `${name} metadata version ${metadata.signed.version} has ${signed.length} of ${threshold} valid signatures of ${whose} ${keys.size} keys${describe(unusable)}`,
    )
  }
  return signed
}

/** Finds the distinct keys of a role whose signatures are valid. */
export function findSigners(metadata: Metadata, { keys }: Signers): readonly PublicKey[] {
  const known = proven.get(metadata) ?? new Set()
  proven.set(metadata, known)
  const signed = new Map<string, PublicKey>()
  for (const signature of metadata.signatures) {
    const key = keys.get(signature.keyid)?.key
    if (key === undefined || signed.has(key.identity)) continue
    if (!known.has(key.identity) && !isSignedBy(key, metadata, signature)) continue
    known.add(key.identity)
    signed.set(key.identity, key)
  }
  return [...signed.values()]
}

function isSignedBy(
  key: PublicKey,
  { signedBytes }: Metadata,
  { method, sig }: MetadataSignature,
): boolean {
  return isMethod(method) && verifySignature(key, method, signedBytes, Buffer.from(sig, 'base64'))
}

function isMethod(method: string): method is SignatureMethod {
  return METHODS.includes(method)
}

function describe(unusable: ReadonlyMap<string, string>): string {
  const reasons = [...unusable].map(([keyId, reason]) => `${quote(keyId, 12)}: ${reason}`)
  return reasons.length === 0 ? '' : `; keys that cannot count: ${reasons.slice(0, 4).join(', ')}`
}
