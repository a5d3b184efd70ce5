import { sha256Of } from '../../trust/tuf/file.ts'
import { type Metadata, type MetadataKind, parseMetadata } from '../../trust/tuf/metadata.ts'

/** Of the files as they were served; parsed they take some four times as much memory. */
const MAX_BYTES = 32 * 1024 * 1024

/**
 * Parsed metadata by the hash of its file. It proves nothing of a file but its shape, which is the
 * same wherever it came from, so one cache serves all servers. What was not used for the longest
 * goes first.
 */
export class MetadataCache {
  readonly #files = new Map<string, Metadata>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Parses a file, or finds what it was parsed to before; throws as `parseMetadata` does. */
  read<Kind extends MetadataKind>(kind: Kind, name: string, bytes: Uint8Array): Metadata<Kind> {
    const found = this.find(kind, sha256Of(bytes))
    if (found !== undefined) return found
    const metadata = parseMetadata(kind, name, bytes)
    this.#add(keyOf(kind, sha256Of(bytes)), metadata)
    return metadata
  }

  /** Finds a file by its hex SHA-256. */
  find<Kind extends MetadataKind>(kind: Kind, sha256: string): Metadata<Kind> | undefined {
    const key = keyOf(kind, sha256)
    const found = this.#files.get(key)
    if (found === undefined) return undefined
    this.#files.delete(key)
    this.#files.set(key, found)
    return found as Metadata<Kind>
  }

  #add(key: string, metadata: Metadata): void {
    this.#files.set(key, metadata)
    this.#bytes += metadata.raw.length
    for (const [oldest, { raw }] of this.#files) {
      if (this.#bytes <= this.#maxBytes || oldest === key) return
      this.#files.delete(oldest)
      this.#bytes -= raw.length
    }
  }
}

function keyOf(kind: MetadataKind, sha256: string): string {
  return `${kind} ${sha256}`
}
