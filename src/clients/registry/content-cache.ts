/** What one registry's signatures take: some thousand of them. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Content by its digest, whose hash was checked when it was put in: it can never be another. What was
 * not used for the longest goes first.
 */
export class ContentCache {
  readonly #content = new Map<string, Uint8Array>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  find(key: string): Uint8Array | undefined {
    const found = this.#content.get(key)
    if (found === undefined) return undefined
    this.#content.delete(key)
    this.#content.set(key, found)
    return found
  }

  add(key: string, bytes: Uint8Array): void {
    if (bytes.length > this.#maxBytes || this.#content.has(key)) return
    this.#content.set(key, bytes)
    this.#bytes += bytes.length
    for (const [oldest, { length }] of this.#content) {
      if (this.#bytes <= this.#maxBytes) return
      this.#content.delete(oldest)
      this.#bytes -= length
    }
  }
}
