import { MAX_REVIEW_BYTES } from '../admission/review.ts'
import { HttpError } from './http-error.ts'

/** Requests in hand at a time; an API server sends some hundred at the most (max-requests-inflight). */
const MAX_REQUESTS = 4096

/**
 * Bytes of reviews in hand at a time. What they are parsed into takes many times as much, but is kept
 * of one at a time only (app.ts).
 */
const MAX_BYTES = 64 * 1024 * 1024

/** Bounds the memory that requests in hand take: a flood is refused, not died of. */
export class Intake {
  #requests = 0
  #bytes = 0

  /**
   * Takes a request in, and returns what lets it go. Throws an `HttpError` 503 where too much is in
   * hand already. `announced` is its `content-length`; without one it counts as the longest.
   */
  enter(announced: string | null): () => void {
    const length = announced === null ? MAX_REVIEW_BYTES : Number(announced)
    const bytes = length >= 0 && length < MAX_REVIEW_BYTES ? length : MAX_REVIEW_BYTES
    if (this.#requests >= MAX_REQUESTS || this.#bytes + bytes > MAX_BYTES) {
      throw new HttpError(503, 'too much is asked at the same time, try again')
    }
    this.#requests++
    this.#bytes += bytes
    return () => {
      this.#requests--
      this.#bytes -= bytes
    }
  }
}
