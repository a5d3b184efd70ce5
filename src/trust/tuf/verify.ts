import { verifyNotExpired } from './expiry.ts'
import { verifyFile } from './file.ts'
import { type Metadata, type MetadataKind, parseMetadata } from './metadata.ts'
import { type RootAnchor, readRootSigners, verifyAnchored } from './root.ts'
import { findFile } from './snapshot.ts'
import { readDelegation } from './targets.ts'
import { readSigners, verifyThreshold } from './threshold.ts'
import type { TargetsRole, Trusted } from './trusted.ts'

/**
 * Verifies a root against the keys that the operator pinned: one of them signed it, its own
 * threshold is met by keys certified for this repository, and it has not expired. The newest root
 * must still name a pinned key.
 *
 * Errors of this and the following functions: `UNTRUSTED_MALFORMED_METADATA`,
 * `UNTRUSTED_SIGNATURE`, `UNTRUSTED_EXPIRED`, `UNTRUSTED_ROOT` for the root and
 * `UNTRUSTED_HASH_MISMATCH` for the files that other metadata describes.
 */
export function verifyRoot(anchor: RootAnchor, bytes: Uint8Array, now: Date): Trusted<'root'> {
  const root = parseMetadata('root', 'root', bytes)
  const signed = verifyThreshold('root', root, readRootSigners(root, anchor, now))
  verifyAnchored(signed, anchor)
  verifyNotExpired('root', root, now)
  return trusted(root)
}

/** Verifies the timestamp with the key that the root appoints for it. */
export function verifyTimestamp(
  root: Trusted<'root'>,
  bytes: Uint8Array,
  now: Date,
): Trusted<'timestamp'> {
  const timestamp = parseMetadata('timestamp', 'timestamp', bytes)
  const { roles, keys } = root.signed
  verifyThreshold('timestamp', timestamp, readSigners(roles.timestamp, keys))
  verifyNotExpired('timestamp', timestamp, now)
  return trusted(timestamp)
}

/** Verifies the snapshot that the timestamp promises, and the root against the snapshot. */
export function verifySnapshot(
  root: Trusted<'root'>,
  timestamp: Trusted<'timestamp'>,
  bytes: Uint8Array,
  now: Date,
): Trusted<'snapshot'> {
  verifyFile('snapshot', bytes, timestamp.signed.meta.snapshot)
  const snapshot = parseMetadata('snapshot', 'snapshot', bytes)
  const { roles, keys } = root.signed
  verifyThreshold('snapshot', snapshot, readSigners(roles.snapshot, keys))
  verifyNotExpired('snapshot', snapshot, now)
  verifyFile('root', root.raw, findFile(snapshot, 'root'))
  return trusted(snapshot)
}

/** Verifies the top-level targets that the snapshot promises. */
export function verifyTargets(
  root: Trusted<'root'>,
  snapshot: Trusted<'snapshot'>,
  bytes: Uint8Array,
  now: Date,
): TargetsRole {
  verifyFile('targets', bytes, findFile(snapshot, 'targets'))
  const targets = parseMetadata('targets', 'targets', bytes)
  const { roles, keys } = root.signed
  verifyThreshold('targets', targets, readSigners(roles.targets, keys))
  verifyNotExpired('targets', targets, now)
  return { name: 'targets', paths: [''], metadata: trusted(targets) }
}

/** Verifies a delegation with the keys that its parent, and nobody else, appoints for it. */
export function verifyDelegation(
  parent: TargetsRole,
  snapshot: Trusted<'snapshot'>,
  name: string,
  bytes: Uint8Array,
  now: Date,
): TargetsRole {
  verifyFile(name, bytes, findFile(snapshot, name))
  const delegated = parseMetadata('targets', name, bytes)
  const { signers, paths } = readDelegation(parent, name)
  verifyThreshold(name, delegated, signers)
  verifyNotExpired(name, delegated, now)
  return { name, paths, metadata: trusted(delegated) }
}

function trusted<Kind extends MetadataKind>(metadata: Metadata<Kind>): Trusted<Kind> {
  return metadata as Trusted<Kind>
}
