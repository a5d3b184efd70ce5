import { TrustError } from '../../trust/errors.ts'
import { verifyFile } from '../../trust/tuf/file.ts'
import type { FileDescription, Metadata, MetadataKind } from '../../trust/tuf/metadata.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { NotarySource } from './source.ts'

/** Size caps in bytes. Roots and timestamps are a few KB; notary itself caps at 1 MiB. */
const MAX_ROOT_BYTES = 1024 * 1024
/** Of all roots that one look may walk. */
const MAX_ROOTS_BYTES = 8 * 1024 * 1024
const MAX_TIMESTAMP_BYTES = 64 * 1024
/** A tag takes some 150 bytes: more than 200 000 tags. */
const MAX_DESCRIBED_BYTES = 32 * 1024 * 1024

/** Fetches and parses the files of one repository, each within its cap. */
export class RepositoryFiles {
  readonly gun: string
  /** The roles whose files were not in the cache. */
  readonly fetched = new Set<string>()
  readonly #source: NotarySource
  readonly #cache: MetadataCache
  readonly #signal: AbortSignal
  #rootBytesLeft = MAX_ROOTS_BYTES

  constructor(gun: string, source: NotarySource, cache: MetadataCache, signal: AbortSignal) {
    this.gun = gun
    this.#source = source
    this.#cache = cache
    this.#signal = signal
  }

  /** Fetches the newest timestamp. Rejects with `UNTRUSTED_NO_TRUST_DATA` where there is none. */
  async timestamp(): Promise<Metadata<'timestamp'>> {
    const limits = this.#limits(MAX_TIMESTAMP_BYTES)
    const bytes = await this.#source.fetchNewest(this.gun, 'timestamp', limits)
    if (bytes === undefined) {
      throw new TrustError('UNTRUSTED_NO_TRUST_DATA', `no trust data for ${this.gun}`)
    }
    return this.#cache.read('timestamp', 'timestamp', bytes)
  }

  /** Fetches the newest root. */
  async newestRoot(): Promise<Metadata<'root'>> {
    const bytes = await this.#source.fetchNewest(this.gun, 'root', this.#rootLimits())
    return this.#readRoot(this.#present('root', bytes))
  }

  /** Fetches a version of the root; nothing where the server has none. */
  async root(version: number): Promise<Metadata<'root'> | undefined> {
    const bytes = await this.#source.fetchRoot(this.gun, version, this.#rootLimits())
    return bytes && this.#readRoot(bytes)
  }

  /** Finds or fetches the file that trusted metadata describes, and checks it before it is parsed. */
  async described<Kind extends MetadataKind>(
    kind: Kind,
    name: string,
    file: FileDescription,
  ): Promise<Metadata<Kind>> {
    const { hashes, length } = file
    const sha256 = Buffer.from(hashes.sha256, 'base64').toString('hex')
    const known = this.#cache.find(kind, sha256)
    if (known !== undefined) return known
    if (length > MAX_DESCRIBED_BYTES) {
      throw new TrustError(
        'UNTRUSTED_MALFORMED_METADATA',
        `${name} metadata of ${this.gun} has ${length} bytes, more than ${MAX_DESCRIBED_BYTES}`,
      )
    }
    const fetched = await this.#source.fetchByHash(this.gun, name, sha256, this.#limits(length))
    const bytes = this.#present(name, fetched)
    this.fetched.add(name)
    verifyFile(name, bytes, file)
    return this.#cache.read(kind, name, bytes)
  }

  #readRoot(bytes: Uint8Array): Metadata<'root'> {
    this.fetched.add('root')
    this.#rootBytesLeft -= bytes.length
    return this.#cache.read('root', 'root', bytes)
  }

  #rootLimits() {
    return this.#limits(Math.min(MAX_ROOT_BYTES, this.#rootBytesLeft))
  }

  #limits(maxBytes: number) {
    return { maxBytes, signal: this.#signal }
  }

  #present(role: string, bytes: Uint8Array | undefined): Uint8Array {
    if (bytes !== undefined) return bytes
    throw new TrustError(
      'UNAVAILABLE_METADATA',
      `the server has trust data for ${this.gun} but no ${role} metadata that belongs to it`,
    )
  }
}
