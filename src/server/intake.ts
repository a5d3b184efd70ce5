import { HttpError } from './http-error.ts'

/** Requests in hand at a time; an API server sends some hundred at the most (max-requests-inflight). */
const MAX_REQUESTS = 4096

/**
 * Bytes of reviews in hand at a time. Parsed they take about five times as much, which the memory of
 * a small container still has.
 */
const MAX_BYTES = 64 * 1024 * 1024

/** A request in hand. */
export interface Taken {
  /** Counts bytes of its body. Throws an `HttpError` 503 where too much is in hand already. */
  hold(bytes: number): void
  /** Lets the request go, and what is held of it. */
  leave(): void
}

/** Bounds the memory that requests in hand take: a flood is refused, not died of. */
export class Intake {
  #requests = 0
  #bytes = 0

  /** Takes a request in. Throws an `HttpError` 503 where too many are in hand already. */
  enter(): Taken {
    if (this.#requests >= MAX_REQUESTS) throw tooMuch()
    this.#requests++
    let held = 0
    let isOver = false
    return {
      hold: (bytes) => {
        // A body may go on coming after its request was answered.
        if (isOver || this.#bytes + bytes > MAX_BYTES) throw tooMuch()
        held += bytes
        this.#bytes += bytes
      },
      leave: () => {
        isOver = true
        this.#requests--
        this.#bytes -= held
      },
    }
  }
}

function tooMuch(): HttpError {
  return new HttpError(503, 'too much is asked at the same time, try again')
}
