import type { X509Certificate } from 'node:crypto'
import { quote } from '../../text/quote.ts'
import { TrustError } from '../errors.ts'
import type { PublicKey } from '../key.ts'
import type { RepositoryKey } from './key.ts'
import type { Metadata } from './metadata.ts'
import { readSigners, type Signers } from './threshold.ts'

/** A root key's certificate may begin this long after `now`, in milliseconds (notary: one day). */
const NOT_BEFORE_LEEWAY_MS = 24 * 60 * 60 * 1000

/** What a root is anchored on. */
export interface RootAnchor {
  /** The repository that the root must be for: `registry/repository`. */
  readonly gun: string
  /** The root keys that the operator trusts; one of them has to sign. */
  readonly pins: readonly PublicKey[]
}

/**
 * Reads who may sign a root: the root role's keys whose certificates are for this repository and
 * valid. A root names no repository itself, so a key without a certificate cannot count: with it,
 * the server could pass off one repository's trust data as another's (notary, trustpinning).
 * Throws `UNTRUSTED_ROOT` or `UNTRUSTED_EXPIRED` when a pinned key is among those left out.
 */
export function readRootSigners(root: Metadata<'root'>, anchor: RootAnchor, now: Date): Signers {
  const { keys, threshold, unusable } = readSigners(root.signed.roles.root, root.signed.keys)
  if (![...keys.values()].some(({ key }) => isPinned(key, anchor.pins))) {
    throw new TrustError(
      'UNTRUSTED_ROOT',
      `root version ${root.signed.version} of ${anchor.gun} does not name the pinned key among its root keys`,
    )
  }
  const usable = new Map<string, RepositoryKey>()
  const refused = new Map(unusable)
  for (const [keyId, entry] of keys) {
    const problem = findCertificateProblem(entry.certificate, anchor.gun, now)
    if (problem === undefined) usable.set(keyId, entry)
    else if (isPinned(entry.key, anchor.pins)) throw problem
    else refused.set(keyId, problem.message)
  }
  return { threshold, keys: usable, unusable: refused }
}

/** Verifies that a pinned key is among the keys that signed; throws `UNTRUSTED_ROOT`. */
export function verifyAnchored(signed: readonly PublicKey[], anchor: RootAnchor): void {
  if (signed.some((key) => isPinned(key, anchor.pins))) return
  throw new TrustError(
    'UNTRUSTED_ROOT',
    `the root of ${anchor.gun} is not signed by the pinned key`,
  )
}

function isPinned(key: PublicKey, pins: readonly PublicKey[]): boolean {
  return pins.some((pin) => pin.identity === key.identity)
}

function findCertificateProblem(
  certificate: X509Certificate | undefined,
  gun: string,
  now: Date,
): TrustError | undefined {
  if (certificate === undefined) {
    return new TrustError('UNTRUSTED_ROOT', `a root key of ${gun} has no certificate`)
  }
  const commonName = readCommonName(certificate)
  if (!matchesGun(commonName, gun)) {
    return new TrustError(
      'UNTRUSTED_ROOT',
      `a root key's certificate is for ${quote(commonName, 300)}, not for ${gun}`,
    )
  }
  if (certificate.ca) {
    return new TrustError('UNTRUSTED_ROOT', `a root key of ${gun} has the certificate of a CA`)
  }
  const notBefore = Date.parse(certificate.validFrom)
  const notAfter = Date.parse(certificate.validTo)
  if (!(now.getTime() + NOT_BEFORE_LEEWAY_MS >= notBefore && now.getTime() < notAfter)) {
    return new TrustError(
      'UNTRUSTED_EXPIRED',
      `the certificate of a root key of ${gun} is valid from ${certificate.validFrom} to ${certificate.validTo} only`,
    )
  }
  return undefined
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
