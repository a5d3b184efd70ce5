import { quote } from '../../text/quote.ts'
import { TrustError } from '../errors.ts'
import type { PublicKey } from '../key.ts'
import { type SignatureMethod, verifySignature } from '../signature.ts'
import { type RepositoryKey, readRepositoryKey } from './key.ts'
import type { Metadata, MetadataKey, RoleKeys } from './metadata.ts'

const METHODS: readonly string[] = ['ecdsa', 'rsapss', 'eddsa'] satisfies SignatureMethod[]

/** The keys that a role is signed with and how many of them have to. */
export interface Signers {
  readonly threshold: number
  readonly keys: ReadonlyMap<string, RepositoryKey>
  /** For each key id of the role that cannot count, why. */
  readonly unusable: ReadonlyMap<string, string>
}

/** Picks the keys of a role from the keys of the metadata that appoints it. */
export function readSigners(role: RoleKeys, keys: Readonly<Record<string, MetadataKey>>): Signers {
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
 * Verifies that metadata is signed by as many distinct keys as its role demands. Keys are told
 * apart by what they are, not by their ids: one key as certificate and as bare key signs once.
 * Returns the keys that signed; throws `UNTRUSTED_SIGNATURE`.
 */
export function verifyThreshold(
  name: string,
  metadata: Metadata,
  signers: Signers,
): readonly PublicKey[] {
  const signed = new Map<string, PublicKey>()
  for (const signature of metadata.signatures) {
    const key = signers.keys.get(signature.keyid)?.key
    if (key === undefined || signed.has(key.identity) || !isMethod(signature.method)) continue
    const bytes = Buffer.from(signature.sig, 'base64')
    if (verifySignature(key, signature.method, metadata.signedBytes, bytes)) {
      signed.set(key.identity, key)
    }
  }
  if (signed.size < signers.threshold) {
    throw new TrustError(
      'UNTRUSTED_SIGNATURE',
      `${name} metadata version ${metadata.signed.version} has ${signed.size} of ${signers.threshold} valid signatures of its ${signers.keys.size} keys${describe(signers.unusable)}`,
    )
  }
  return [...signed.values()]
}

function isMethod(method: string): method is SignatureMethod {
  return METHODS.includes(method)
}

function describe(unusable: ReadonlyMap<string, string>): string {
  const reasons = [...unusable].map(([keyId, reason]) => `${quote(keyId, 12)}: ${reason}`)
  return reasons.length === 0 ? '' : `; keys that cannot count: ${reasons.slice(0, 4).join(', ')}`
}
