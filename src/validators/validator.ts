import type { Digest } from '../image/digest.ts'
import type { Reference } from '../image/reference.ts'

/** What a validation needs from its request: the clock is read once per request. */
export interface ValidationContext {
  /** The moment that expiry is judged against. */
  readonly now: Date
  /** Aborts at the deadline of the request. */
  readonly signal: AbortSignal
}

/** One way of deciding whether an image is trusted, already bound to its settings and trust roots. */
export interface Validator {
  readonly name: string
  readonly type: string
  /**
   * Resolves to the trusted digest. Nothing, at once, means that the image is approved as it is
   * written (a static validator resolves no tags). Rejects with a `TrustError`; anything else that
   * it throws counts as `INTERNAL`.
   */
  validate(image: Reference, context: ValidationContext): Promise<Digest> | undefined
}
