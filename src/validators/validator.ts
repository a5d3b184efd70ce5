import type { Digest } from '../image/digest.ts'
import type { Reference } from '../image/reference.ts'
import type { TrustError } from '../trust/errors.ts'

/** What a validation needs from its request: the clock is read once per request. */
export interface ValidationContext {
  /** The moment that expiry is judged against. */
  readonly now: Date
  /** Aborts at the deadline of the request. */
  readonly signal: AbortSignal
  /** From the request's begin to its deadline, in milliseconds. */
  readonly patienceMs?: number | undefined
  /** Hears of each step, in order, where somebody asked why (`verify --explain`). */
  readonly trace?: (step: Step) => void
  /** Hears when something that the digest is proven with expires; the earliest counts. */
  readonly noteExpiry?: (expires: Date) => void
  /**
   * Hears since when the answer is known, where that is older than the question; the earliest counts.
   * Who does not want to hear it is answered anew.
   */
  readonly noteKnownSince?: (since: Date) => void
}

/** One step of a verification, as people are told of it. */
export interface Step {
  /** What was done, such as `root` or `targets/releases`. */
  readonly step: string
  /** False for the step that failed, which is the last one. */
  readonly ok: boolean
  /** What is known of it, by the names that the JSON output has. */
  readonly facts: Readonly<Record<string, Fact>>
}

/** A value of a step; a list of records is shown as a table. */
export type Fact =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly Readonly<Record<string, string | number | boolean>>[]

/** One way of deciding whether an image is trusted, already bound to its settings and trust roots. */
export interface Validator {
  readonly name: string
  readonly type: string
  /** Set where a verdict needs no server, so that keeping it would gain nothing. */
  readonly isLocal?: true
  /**
   * Tells apart what images are held against where that is in files, which change without the
   * configuration: a verdict counts only while this is the same. Absent where nothing is.
   */
  basis?(): string
  /** What a server that an image needs failed with last, while it has not answered since. */
  lastFailure?(image: Reference): TrustError | undefined
  /**
   * Resolves to the trusted digest. Nothing, at once, means that the image is approved as it is
   * written (a static validator resolves no tags). Rejects with a `TrustError`; anything else that
   * it throws counts as `INTERNAL`.
   */
  validate(image: Reference, context: ValidationContext): Promise<Digest> | undefined
}
