import { TrustError } from '../errors.ts'
import type { PublicKey } from '../key.ts'
import { sha256Of } from './file.ts'
import type { Metadata } from './metadata.ts'
import { findPins, type RootAnchor, readRootSigners, validAt, verifyPinsCertified } from './root.ts'
import { checkRoot } from './structure.ts'
import { findSigners, type Signers, verifyThreshold } from './threshold.ts'

declare const chained: unique symbol

/**
 * Roots that follow from a pinned key, one version after the other. Only the functions of this
 * file mint it. Their time does not matter here: it is asked of the newest root, where it is used.
 */
export interface RootChain {
  readonly [chained]: true
  readonly gun: string
  /** The pinned key that signed the first root. */
  readonly pin: PublicKey
  /** The first one is anchored on the pin; versions rise by one. */
  readonly roots: readonly Metadata<'root'>[]
  readonly newest: Metadata<'root'>
  /** Who may sign the newest root, and its successor. */
  readonly signers: Signers
}

/** Tells whether a pinned key is among the keys that a root names, so that it may be the anchor. */
export function namesPin(root: Metadata<'root'>, anchor: RootAnchor): boolean {
  return findPins(root, anchor).length > 0
}

/**
 * Begins a chain: the root names a pinned key, that key signed it, and its own threshold is met by
 * keys certified for this repository. Throws `UNTRUSTED_ROOT` or `UNTRUSTED_SIGNATURE`.
 */
export function anchorRoot(root: Metadata<'root'>, anchor: RootAnchor): RootChain {
  const { gun } = anchor
  checkRoot(root)
  const pins = findPins(root, anchor)
  if (pins.length === 0) {
    throw new TrustError(
      'UNTRUSTED_ROOT',
      `root version ${root.signed.version} of ${gun} does not name the pinned key among its root keys`,
    )
  }
  verifyPinsCertified(root, anchor)
  const signers = readRootSigners(root, gun)
  const signed = verifyThreshold('root', root, signers)
  const pin = pins.find(({ identity }) => signed.some((key) => key.identity === identity))
  if (pin === undefined) {
    throw new TrustError('UNTRUSTED_ROOT', `the root of ${gun} is not signed by the pinned key`)
  }
  return { gun, pin, roots: [root], newest: root, signers } as unknown as RootChain
}

/**
 * Appends the next root: its version follows without a gap, and the thresholds of its predecessor
 * and its own are met (TUF 5.3.4 and 5.3.5). Throws `UNTRUSTED_ROOT` or `UNTRUSTED_SIGNATURE`.
 */
export function extendChain(chain: RootChain, next: Metadata<'root'>): RootChain {
  const { gun, newest } = chain
  const { version } = newest.signed
  checkRoot(next)
  if (next.signed.version !== version + 1) {
    throw new TrustError(
      'UNTRUSTED_ROOT',
      `root version ${next.signed.version} of ${gun} stands where version ${version + 1} belongs`,
    )
  }
  verifyThreshold('root', next, { ...chain.signers, whose: `version ${version}'s` })
  const signers = readRootSigners(next, gun)
  verifyThreshold('root', next, signers)
  return { ...chain, roots: [...chain.roots, next], newest: next, signers }
}

/**
 * Finds which of two chains leads on from the newest root of the other; nothing where they part. One
 * that begins only later leads on if that root still names its pin: who stole a key that was rotated
 * away can begin a chain at any version.
 */
export function newerChain(a: RootChain, b: RootChain): RootChain | undefined {
  const [older, newer] = b.newest.signed.version > a.newest.signed.version ? [a, b] : [b, a]
  const { version } = older.newest.signed
  const same = newer.roots.find(({ signed }) => signed.version === version)
  const leadsOn =
    same === undefined
      ? [...older.signers.keys.values()].some(({ key }) => key.identity === newer.pin.identity)
      : sha256Of(same.raw) === sha256Of(older.newest.raw)
  return leadsOn ? newer : undefined
}

/**
 * Verifies that enough of the keys that signed the newest root have certificates that are valid at
 * `now`; throws `UNTRUSTED_EXPIRED`.
 */
export function verifyCertificatesValid({ gun, newest, signers }: RootChain, now: Date): void {
  if (findSigners(newest, validAt(signers, now)).length >= signers.threshold) return
  const times = [...signers.keys.values()].map(
    ({ certificate }) => `from ${certificate?.validFrom} to ${certificate?.validTo}`,
  )
  throw new TrustError(
    'UNTRUSTED_EXPIRED',
    `the certificate of a root key of ${gun} is valid ${times.slice(0, 4).join(', ')} only`,
  )
}
