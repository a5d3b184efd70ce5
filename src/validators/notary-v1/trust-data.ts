import { TrustError } from '../../trust/errors.ts'
import type { FileDescription } from '../../trust/tuf/metadata.ts'
import type { RootAnchor } from '../../trust/tuf/root.ts'
import { findFile, listsFile } from '../../trust/tuf/snapshot.ts'
import { delegates } from '../../trust/tuf/targets.ts'
import type { TargetsRole, Trusted } from '../../trust/tuf/trusted.ts'
import {
  verifyDelegation,
  verifyRoot,
  verifySnapshot,
  verifyTargets,
  verifyTimestamp,
} from '../../trust/tuf/verify.ts'
import type { ValidationContext } from '../validator.ts'
import type { NotarySource } from './source.ts'

/** The delegation that Docker signs tags with, when a repository has it. */
const RELEASES = 'targets/releases'

/** Size caps in bytes. A root and a timestamp are a few KB; notary itself caps at 1 MiB. */
const MAX_ROOT_BYTES = 1024 * 1024
const MAX_TIMESTAMP_BYTES = 1024 * 1024
/** A tag takes some 150 bytes: more than 200 000 tags. */
const MAX_DESCRIBED_BYTES = 32 * 1024 * 1024

/**
 * Fetches the trust data of a repository and verifies it from the pinned root key down. Returns
 * the roles that count, the most specific first: `targets/releases` where it was ever signed, then
 * `targets`. A delegation that does not verify is an error, never a reason to leave it out.
 */
export async function fetchTrustData(
  source: NotarySource,
  anchor: RootAnchor,
  { now, signal }: ValidationContext,
): Promise<readonly TargetsRole[]> {
  const repository = new Repository(source, anchor.gun, signal)
  const [timestampBytes, rootBytes] = await repository.fetchEntry()
  const root = verifyRoot(anchor, rootBytes, now)
  const timestamp = verifyTimestamp(root, timestampBytes, now)
  const snapshotFile = timestamp.signed.meta.snapshot
  const snapshotBytes = await repository.fetchFile('snapshot', snapshotFile)
  const snapshot = verifySnapshot(root, timestamp, snapshotBytes, now)
  const targetsBytes = await repository.fetchListed(snapshot, 'targets')
  const targets = verifyTargets(root, snapshot, targetsBytes, now)
  if (!delegates(targets, RELEASES) || !listsFile(snapshot, RELEASES)) return [targets]
  const releasesBytes = await repository.fetchListed(snapshot, RELEASES)
  return [verifyDelegation(targets, snapshot, RELEASES, releasesBytes, now), targets]
}

/** Fetches the files of one repository, each within its cap. */
class Repository {
  readonly #source: NotarySource
  readonly #gun: string
  readonly #signal: AbortSignal

  constructor(source: NotarySource, gun: string, signal: AbortSignal) {
    this.#source = source
    this.#gun = gun
    this.#signal = signal
  }

  /** The two files that nothing describes: timestamp and root. */
  async fetchEntry(): Promise<readonly [Uint8Array, Uint8Array]> {
    const [timestamp, root] = await Promise.all([
      this.#source.fetchNewest(this.#gun, 'timestamp', this.#limits(MAX_TIMESTAMP_BYTES)),
      this.#source.fetchNewest(this.#gun, 'root', this.#limits(MAX_ROOT_BYTES)),
    ])
    if (timestamp === undefined) {
      throw new TrustError('UNTRUSTED_NO_TRUST_DATA', `no trust data for ${this.#gun}`)
    }
    return [timestamp, this.#present('root', root)]
  }

  fetchListed(snapshot: Trusted<'snapshot'>, role: string): Promise<Uint8Array> {
    return this.fetchFile(role, findFile(snapshot, role))
  }

  async fetchFile(role: string, { hashes, length }: FileDescription): Promise<Uint8Array> {
    if (length > MAX_DESCRIBED_BYTES) {
      throw new TrustError(
        'UNTRUSTED_MALFORMED_METADATA',
        `${role} metadata of ${this.#gun} has ${length} bytes, more than ${MAX_DESCRIBED_BYTES}`,
      )
    }
    const sha256 = Buffer.from(hashes.sha256, 'base64').toString('hex')
    const limits = this.#limits(length)
    return this.#present(role, await this.#source.fetchByHash(this.#gun, role, sha256, limits))
  }

  #limits(maxBytes: number) {
    return { maxBytes, signal: this.#signal }
  }

  #present(role: string, bytes: Uint8Array | undefined): Uint8Array {
    if (bytes !== undefined) return bytes
    throw new TrustError(
      'UNAVAILABLE_METADATA',
      `the server has trust data for ${this.#gun} but no ${role} metadata that belongs to it`,
    )
  }
}
