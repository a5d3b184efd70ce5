import { createHash } from 'node:crypto'
import {
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models'
import { TrustError } from '../errors.ts'
import { parseStrictJson } from '../strict-json.ts'

/** The target of a Sigstore repository that holds the trusted root; top-level targets list it. */
export const TRUSTED_ROOT = 'trusted_root.json'

/** The metadata of a Sigstore repository (TUF 1.0), verified from its root down. */
export interface SigstoreRepository {
  readonly root: Metadata<Root>
  readonly timestamp: Metadata<Timestamp>
  readonly snapshot: Metadata<Snapshot>
  readonly targets: Metadata<Targets>
}

/** A file as metadata describes it. */
export interface DescribedFile {
  readonly length: number
  /** Hex. */
  readonly sha256: string
}

/**
 * Reads the root that is built in, which is trusted as it is (TUF 5.2). All functions here throw
 * `UNTRUSTED_ROOT`; order, versions and expiry are theirs, signatures and formats are the library's.
 */
export function readFirstRoot(bytes: Uint8Array): Metadata<Root> {
  return attempt('root', () => {
    const root = Metadata.fromJSON(MetadataKind.Root, parse(bytes))
    root.verifyDelegate(MetadataKind.Root, root)
    return root
  })
}

/** Verifies the root that follows a trusted one (TUF 5.3.4 to 5.3.6). */
export function verifyNextRoot(root: Metadata<Root>, bytes: Uint8Array): Metadata<Root> {
  return attempt('root', () => {
    const next = Metadata.fromJSON(MetadataKind.Root, parse(bytes))
    root.verifyDelegate(MetadataKind.Root, next)
    next.verifyDelegate(MetadataKind.Root, next)
    checkVersion(next.signed.version, root.signed.version + 1)
    return next
  })
}

/**
 * Tells whether a root still stands behind timestamp and snapshot of before. Where it has replaced their
 * keys they may be a thief's, with versions so high that honest ones would be refused (TUF 5.3.11).
 */
export function standsBehind(
  root: Metadata<Root>,
  { timestamp, snapshot }: Pick<SigstoreRepository, 'timestamp' | 'snapshot'>,
): boolean {
  try {
    root.verifyDelegate(MetadataKind.Timestamp, timestamp)
    root.verifyDelegate(MetadataKind.Snapshot, snapshot)
    return true
  } catch {
    return false
  }
}

/** Verifies the timestamp against the newest root (TUF 5.3.10, 5.4). */
export function verifyRepositoryTimestamp(
  root: Metadata<Root>,
  bytes: Uint8Array,
  now: Date,
  known?: Metadata<Timestamp>,
): Metadata<Timestamp> {
  attempt('root', () => checkNotExpired(root, now))
  return attempt('timestamp', () => {
    const timestamp = Metadata.fromJSON(MetadataKind.Timestamp, parse(bytes))
    root.verifyDelegate(MetadataKind.Timestamp, timestamp)
    checkNotOlder(timestamp.signed.version, known?.signed.version)
    const { snapshotMeta } = timestamp.signed
    checkNotOlder(snapshotMeta.version, known?.signed.snapshotMeta.version)
    checkNotExpired(timestamp, now)
    return timestamp
  })
}

/** Verifies the snapshot that a timestamp describes (TUF 5.5). */
export function verifyRepositorySnapshot(
  root: Metadata<Root>,
  timestamp: Metadata<Timestamp>,
  bytes: Uint8Array,
  now: Date,
  known?: Metadata<Snapshot>,
): Metadata<Snapshot> {
  return attempt('snapshot', () => {
    const { snapshotMeta } = timestamp.signed
    snapshotMeta.verify(Buffer.from(bytes))
    const snapshot = Metadata.fromJSON(MetadataKind.Snapshot, parse(bytes))
    root.verifyDelegate(MetadataKind.Snapshot, snapshot)
    checkVersion(snapshot.signed.version, snapshotMeta.version)
    for (const [name, { version }] of Object.entries(known?.signed.meta ?? {})) {
      checkNotOlder(snapshot.signed.meta[name]?.version ?? 0, version)
    }
    checkNotExpired(snapshot, now)
    return snapshot
  })
}

/** Verifies the top-level targets that a snapshot describes (TUF 5.6). */
export function verifyRepositoryTargets(
  root: Metadata<Root>,
  snapshot: Metadata<Snapshot>,
  bytes: Uint8Array,
  now: Date,
): Metadata<Targets> {
  return attempt('targets', () => {
    const described = snapshot.signed.meta['targets.json']
    if (described === undefined) throw new SyntaxError('the snapshot does not list it')
    described.verify(Buffer.from(bytes))
    const targets = Metadata.fromJSON(MetadataKind.Targets, parse(bytes))
    root.verifyDelegate(MetadataKind.Targets, targets)
    checkVersion(targets.signed.version, described.version)
    checkNotExpired(targets, now)
    return targets
  })
}

/** Finds how the trusted root is described. */
export function findTrustedRoot({ signed }: Metadata<Targets>): DescribedFile {
  return attempt('targets', () => {
    const target = Object.hasOwn(signed.targets, TRUSTED_ROOT)
      ? signed.targets[TRUSTED_ROOT]
      : undefined
    const sha256 = target?.hashes['sha256']
    if (target === undefined || sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) {
      throw new SyntaxError(`it does not list ${TRUSTED_ROOT} with a SHA-256`)
    }
    return { length: target.length, sha256 }
  })
}

/** Tells whether bytes are the described ones. */
export function isDescribed(bytes: Uint8Array, { length, sha256 }: DescribedFile): boolean {
  return bytes.length === length && createHash('sha256').update(bytes).digest('hex') === sha256
}

/** Reads the version that a root states, before anything of it is verified. */
export function versionOf(root: Uint8Array): number {
  return attempt('root', () => Metadata.fromJSON(MetadataKind.Root, parse(root)).signed.version)
}

/** Tells until when a root is good, were nothing else known. */
export function expiryOf({ signed }: Metadata<Root>): Date {
  return new Date(signed.expires)
}

/** The strict parser has the first look, so that no two readers may see two files. */
function parse(bytes: Uint8Array) {
  parseStrictJson(bytes)
  return JSON.parse(Buffer.from(bytes).toString('utf8'))
}

function checkVersion(found: number, wanted: number): void {
  if (found !== wanted) throw new SyntaxError(`version ${found} in place of ${wanted}`)
}

function checkNotOlder(found: number, known: number | undefined): void {
  if (known !== undefined && found < known) {
    throw new SyntaxError(`version ${found} is older than the known ${known}`)
  }
}

function checkNotExpired({ signed }: Metadata<Root | Timestamp | Snapshot | Targets>, now: Date) {
  if (signed.isExpired(now)) throw new SyntaxError(`it expired at ${signed.expires}`)
}

function attempt<Result>(role: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read'
    throw new TrustError('UNTRUSTED_ROOT', `the ${role} of the Sigstore repository: ${why}`, {
      cause,
    })
  }
}
