import { TrustError } from '../trust/errors.ts'
import {
  expiryOf,
  findTrustedRoot,
  isDescribed,
  readFirstRoot,
  type SigstoreRepository,
  standsBehind,
  TRUSTED_ROOT,
  verifyNextRoot,
  verifyRepositorySnapshot,
  verifyRepositoryTargets,
  verifyRepositoryTimestamp,
  versionOf,
} from '../trust/sigstore/root-repository.ts'
import { parseTrustedRoot } from '../trust/sigstore/trusted-root.ts'
import type { RepositoryFiles } from './sigstore-root-files.ts'
import type { Upstream } from './upstream.ts'

/** Caps in bytes, some ten times of what Sigstore serves (its targets have 5 KiB). */
const MAX_METADATA_BYTES = 512 * 1024
const MAX_TRUSTED_ROOT_BYTES = 1024 * 1024
/** Sigstore has had some twenty roots in five years. */
const MAX_NEW_ROOTS = 64

/** What a look at the repository found. */
export interface Found {
  readonly files: RepositoryFiles
  readonly repository: SigstoreRepository
}

/** What is known before a look. */
export interface Known {
  readonly firstRoot: Uint8Array
  readonly found?: Found | undefined
}

/** Where a repository is asked for, and until when. */
export interface Asking {
  readonly upstream: Upstream
  /** Ends with a slash. */
  readonly mirror: URL
  readonly signal: AbortSignal
  readonly now: Date
}

/**
 * Follows a Sigstore repository to its newest trusted root (TUF 1.0 section 5): what is described by
 * the hash of what is known is not fetched again. Rejects with a `TrustError`.
 */
export async function fetchRepository(known: Known, asking: Asking): Promise<Found> {
  const { now } = asking
  const before = known.found
  const { root, roots } = await followRoots(known, asking)
  const timestampBytes = await fetchFile('timestamp.json', asking)
  const was = before && standsBehind(root, before.repository) ? before.repository : undefined
  const timestamp = verifyRepositoryTimestamp(root, timestampBytes, now, was?.timestamp)
  const snapshotName = `${timestamp.signed.snapshotMeta.version}.snapshot.json`
  const snapshotBytes = await fetchFile(snapshotName, asking)
  const snapshot = verifyRepositorySnapshot(root, timestamp, snapshotBytes, now, was?.snapshot)
  const version = snapshot.signed.meta['targets.json']?.version ?? 0
  const targetsBytes = await fetchFile(`${version}.targets.json`, asking)
  const targets = verifyRepositoryTargets(root, snapshot, targetsBytes, now)
  const described = findTrustedRoot(targets)
  const isKnown = before !== undefined && isDescribed(before.files.trustedRoot, described)
  const trustedRoot = isKnown
    ? before.files.trustedRoot
    : await fetchFile(`targets/${described.sha256}.${TRUSTED_ROOT}`, asking)
  if (!isDescribed(trustedRoot, described)) {
    throw new TrustError(
      'UNTRUSTED_HASH_MISMATCH',
      `${TRUSTED_ROOT} is not the one that is described`,
    )
  }
  checkUsable(trustedRoot)
  return {
    files: {
      refreshedAt: now,
      roots,
      timestamp: timestampBytes,
      snapshot: snapshotBytes,
      targets: targetsBytes,
      trustedRoot,
    },
    repository: { root, timestamp, snapshot, targets },
  }
}

/**
 * Verifies what was kept, as of the time when it was the newest. Throws an `Error` where it does not
 * follow from the root that is built in.
 */
export function verifyKept(firstRoot: Uint8Array, files: RepositoryFiles): Found {
  const { refreshedAt: now } = files
  const first = readFirstRoot(firstRoot)
  const newer = files.roots.filter((bytes) => versionOf(bytes) > first.signed.version)
  const root = newer.reduce(verifyNextRoot, first)
  const timestamp = verifyRepositoryTimestamp(root, files.timestamp, now)
  const snapshot = verifyRepositorySnapshot(root, timestamp, files.snapshot, now)
  const targets = verifyRepositoryTargets(root, snapshot, files.targets, now)
  if (!isDescribed(files.trustedRoot, findTrustedRoot(targets))) {
    throw new TrustError(
      'UNTRUSTED_HASH_MISMATCH',
      `${TRUSTED_ROOT} is not the one that is described`,
    )
  }
  checkUsable(files.trustedRoot)
  return { files: { ...files, roots: newer }, repository: { root, timestamp, snapshot, targets } }
}

/** Tells until when the root that is built in is good, were nothing else known. */
export function builtInUntil(firstRoot: Uint8Array): Date {
  return expiryOf(readFirstRoot(firstRoot))
}

/** A root that is signed and cannot be read here must not replace one that can. */
function checkUsable(trustedRoot: Uint8Array): void {
  try {
    parseTrustedRoot(trustedRoot)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read'
    throw new TrustError('UNTRUSTED_ROOT', `${TRUSTED_ROOT} cannot be used: ${why}`, { cause })
  }
}

async function followRoots({ firstRoot, found }: Known, asking: Asking) {
  let root = found?.repository.root ?? readFirstRoot(firstRoot)
  const roots = [...(found?.files.roots ?? [])]
  for (let count = 0; count < MAX_NEW_ROOTS; count++) {
    const bytes = await fetchIfThere(`${root.signed.version + 1}.root.json`, asking)
    if (bytes === undefined) break
    root = verifyNextRoot(root, bytes)
    roots.push(bytes)
  }
  return { root, roots }
}

async function fetchFile(name: string, asking: Asking): Promise<Uint8Array> {
  const bytes = await fetchIfThere(name, asking)
  if (bytes !== undefined) return bytes
  const { host } = asking.mirror
  throw new TrustError('UNAVAILABLE_METADATA', `${host} has no ${name} of the Sigstore repository`)
}

/** Storage behind a mirror answers 403 where it has no such file. */
async function fetchIfThere(name: string, asking: Asking): Promise<Uint8Array | undefined> {
  const { upstream, mirror, signal } = asking
  const maxBytes = name.startsWith('targets/') ? MAX_TRUSTED_ROOT_BYTES : MAX_METADATA_BYTES
  const { status, body } = await upstream.send({ url: new URL(name, mirror), maxBytes, signal })
  if (status === 200) return body
  if (status === 404 || status === 403) return undefined
  throw new TrustError('UNAVAILABLE_STATUS', `${mirror.host} answers with HTTP ${status}`)
}
