import type { Digest } from '../image/digest.ts'
import type { Reference } from '../image/reference.ts'
import type { TrustErrorCode } from '../trust/errors.ts'
import type { ValidationContext, Validator } from '../validators/validator.ts'
import { withinDeadline } from './within-deadline.ts'

/** Why no validator was asked, in the words that metrics have. */
export type Skipped =
  | 'unchanged image reference'
  | 'automatic approval of child image reference'
  | 'cache hit'

/** That a verdict is older than it should be, because its server is unavailable. */
export interface Stale {
  /** When the image was verified. */
  readonly verifiedAt: Date
  /** One of `UNAVAILABLE_*`. */
  readonly code: TrustErrorCode
  /** Why it cannot be verified now. */
  readonly reason: string
}

/** What a validator found out, now or a while ago. */
export type Proof =
  | {
      readonly trusted: true
      readonly digest: Digest
      readonly skipped?: Skipped
      readonly stale?: Stale
    }
  | {
      readonly trusted: false
      readonly code: TrustErrorCode
      readonly reason: string
      readonly skipped?: Skipped
    }

/** Asks a validator within the request's deadline. Nothing, at once: approved as it is written. */
export function prove(
  validator: Validator,
  reference: Reference,
  context: ValidationContext,
): Promise<Proof> | undefined {
  const validation = validator.validate(reference, context)
  if (validation === undefined) return undefined
  return withinDeadline(
    validation.then((digest) => ({ trusted: true, digest })),
    context.signal,
  )
}
