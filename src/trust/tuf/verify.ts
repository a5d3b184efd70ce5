import { verifyNotExpired } from './expiry.ts'
import { verifyFile } from './file.ts'
import type { Metadata, MetadataKind } from './metadata.ts'
import { type Seen, verifyNotOlder } from './rollback.ts'
import { type RootChain, verifyCertificatesValid } from './root-chain.ts'
import { findFile } from './snapshot.ts'
import { checkTargets } from './structure.ts'
import { readDelegation } from './targets.ts'
import { readSigners, type Signers, verifyThreshold } from './threshold.ts'
import type { TargetsRole, Trusted } from './trusted.ts'

/** What metadata is judged by. */
export interface Circumstances {
  /** The moment that expiry is judged against. */
  readonly now: Date
  /** Tells what is remembered of a role. */
  readonly seen: (role: string) => Seen | undefined
}

/**
 * Verifies that the newest root of a chain can be used now: neither it nor the certificates of its
 * keys have expired.
 *
 * Errors of this and the following functions: `UNTRUSTED_MALFORMED_METADATA`,
 * `UNTRUSTED_SIGNATURE`, `UNTRUSTED_EXPIRED`, `UNTRUSTED_ROLLBACK` and, for the files that other
 * metadata describes, `UNTRUSTED_HASH_MISMATCH`.
 */
export function verifyRoot(chain: RootChain, now: Date): Trusted<'root'> {
  verifyCertificatesValid(chain, now)
  verifyNotExpired('root', chain.newest, now)
  return trusted(chain.newest)
}

/** Verifies the timestamp with the key that the root appoints for it. */
export function verifyTimestamp(
  root: Trusted<'root'>,
  timestamp: Metadata<'timestamp'>,
  circumstances: Circumstances,
): Trusted<'timestamp'> {
  const { roles, keys } = root.signed
  return verifySigned('timestamp', timestamp, readSigners(roles.timestamp, keys), circumstances)
}

/** Verifies the snapshot that the timestamp promises, and the root against the snapshot. */
export function verifySnapshot(
  root: Trusted<'root'>,
  timestamp: Trusted<'timestamp'>,
  snapshot: Metadata<'snapshot'>,
  circumstances: Circumstances,
): Trusted<'snapshot'> {
  verifyFile('snapshot', snapshot.raw, timestamp.signed.meta.snapshot)
  const { roles, keys } = root.signed
  const signers = readSigners(roles.snapshot, keys)
  const verified = verifySigned('snapshot', snapshot, signers, circumstances)
  verifyFile('root', root.raw, findFile(snapshot, 'root'))
  return verified
}

/** Verifies the top-level targets that the snapshot promises. */
export function verifyTargets(
  root: Trusted<'root'>,
  snapshot: Trusted<'snapshot'>,
  targets: Metadata<'targets'>,
  circumstances: Circumstances,
): TargetsRole {
  verifyFile('targets', targets.raw, findFile(snapshot, 'targets'))
  checkTargets('targets', targets)
  const signers = readSigners(root.signed.roles.targets, root.signed.keys)
  const metadata = verifySigned('targets', targets, signers, circumstances)
  return { name: 'targets', paths: [''], metadata, signers }
}

/** Verifies a delegation with the keys that its parent, and nobody else, appoints for it. */
export function verifyDelegation(
  parent: TargetsRole,
  snapshot: Trusted<'snapshot'>,
  name: string,
  delegated: Metadata<'targets'>,
  circumstances: Circumstances,
): TargetsRole {
  verifyFile(name, delegated.raw, findFile(snapshot, name))
  checkTargets(name, delegated)
  const { signers, paths } = readDelegation(parent, name)
  const metadata = verifySigned(name, delegated, signers, circumstances)
  return { name, paths, metadata, signers }
}

function verifySigned<Kind extends MetadataKind>(
  name: string,
  metadata: Metadata<Kind>,
  signers: Signers,
  { now, seen }: Circumstances,
): Trusted<Kind> {
  verifyThreshold(name, metadata, signers)
  verifyNotOlder(name, metadata, signers, seen(name))
  verifyNotExpired(name, metadata, now)
  return trusted(metadata)
}

function trusted<Kind extends MetadataKind>(metadata: Metadata<Kind>): Trusted<Kind> {
  return metadata as Trusted<Kind>
}
