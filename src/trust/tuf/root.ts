import type { X509Certificate } from 'node:crypto'
import { quote } from '../../text/quote.ts'
import { TrustError } from '../errors.ts'
import type { PublicKey } from '../key.ts'
import type { RepositoryKey } from './key.ts'
import type { Metadata } from './metadata.ts'
import { readSigners, type Signers } from './threshold.ts'

/** A root key's certificate may begin this long after `now`, in milliseconds (notary: one day). */
const NOT_BEFORE_LEEWAY_MS = 24 * 60 * 60 * 1000

/** Hashes that a certificate must not be signed with (notary, tuf/utils/x509.go). */
const BROKEN_HASH = /(?:md2|md5|sha-?1(?!\d))/i

/** What a root is anchored on. */
export interface RootAnchor {
  /** The repository that the root must be for: `registry/repository`. */
  readonly gun: string
  /** The root keys that the operator trusts; one of them has to sign. */
  readonly pins: readonly PublicKey[]
}

/**
 * Reads who may sign a root: the root role's keys whose certificates are for this repository. A
 * root names no repository itself, so a key without a certificate cannot count: with it, the
 * server could pass off one repository's trust data as another's (notary, trustpinning).
 */
export function readRootSigners(root: Metadata<'root'>, gun: string): Signers {
  const { keys, threshold, unusable } = readSigners(root.signed.roles.root, root.signed.keys)
  const usable = new Map<string, RepositoryKey>()
  const refused = new Map(unusable)
  for (const [keyId, entry] of keys) {
    const problem = findUnfit(entry.certificate, gun)
    if (problem === undefined) usable.set(keyId, entry)
    else refused.set(keyId, problem)
  }
  return { threshold, keys: usable, unusable: refused }
}

/** Finds the pinned keys that a root names among its root keys, whether they can count or not. */
export function findPins(root: Metadata<'root'>, { pins }: RootAnchor): readonly PublicKey[] {
  const { keys } = readSigners(root.signed.roles.root, root.signed.keys)
  const named = new Set([...keys.values()].map(({ key }) => key.identity))
  return pins.filter(({ identity }) => named.has(identity))
}

/**
 * Verifies that the certificates of the pinned keys that a root names are for this repository:
 * a better answer than that a signature is missing. Throws `UNTRUSTED_ROOT`.
 */
export function verifyPinsCertified(root: Metadata<'root'>, { gun, pins }: RootAnchor): void {
  const { keys } = readSigners(root.signed.roles.root, root.signed.keys)
  for (const { key, certificate } of keys.values()) {
    const problem = findUnfit(certificate, gun)
    if (problem === undefined || pins.every(({ identity }) => identity !== key.identity)) continue
    throw new TrustError('UNTRUSTED_ROOT', problem)
  }
}

/** Leaves out the keys whose certificates are not valid at `now`. */
export function validAt(signers: Signers, now: Date): Signers {
  const entries = [...signers.keys].filter(
    ([, { certificate }]) => certificate !== undefined && isValidAt(certificate, now),
  )
  return { ...signers, keys: new Map(entries) }
}

/** Tells why a certificate is not one of a root key of the repository, whatever the time. */
function findUnfit(certificate: X509Certificate | undefined, gun: string): string | undefined {
  if (certificate === undefined) return `a root key of ${gun} has no certificate`
  const commonName = readCommonName(certificate)
  if (!matchesGun(commonName, gun)) {
    return `a root key's certificate is for ${quote(commonName, 300)}, not for ${gun}`
  }
  if (certificate.ca) return `a root key of ${gun} has the certificate of a CA`
  const algorithm = certificate.signatureAlgorithm ?? ''
  if (!BROKEN_HASH.test(algorithm)) return undefined
  return `the certificate of a root key of ${gun} is signed with ${quote(algorithm, 60)}`
}

function isValidAt(certificate: X509Certificate, now: Date): boolean {
  const notBefore = Date.parse(certificate.validFrom)
  const notAfter = Date.parse(certificate.validTo)
  return now.getTime() + NOT_BEFORE_LEEWAY_MS >= notBefore && now.getTime() < notAfter
}

/** Notary writes a repository's name, or a prefix that ends in `*`, into the common name. */
function matchesGun(commonName: string, gun: string): boolean {
  if (!commonName.endsWith('*')) return commonName === gun
  return gun.startsWith(commonName.replace(/\*+$/, ''))
}

function readCommonName(certificate: X509Certificate): string {
  const commonName: unknown = certificate.toLegacyObject().subject['CN']
  return typeof commonName === 'string' ? commonName : ''
}
