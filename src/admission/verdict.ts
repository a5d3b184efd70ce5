import type { Digest } from '../image/digest.ts'
import type { TrustErrorCode } from '../trust/errors.ts'
import type { ReplaceOperation } from '../workload/patch.ts'
import type { Skipped, Stale } from './proof.ts'
import type { AdmissionRequest } from './request.ts'

interface Judged {
  /** The image as it was written. */
  readonly image: string
  /** The pattern of the rule that decided. */
  readonly rule?: string
  /** The name of the validator that decided. */
  readonly validator?: string
  /** Why the validator was not asked; absent where it was, or where there is none. */
  readonly skipped?: Skipped
}

/** An image that may run. */
export interface TrustedVerdict extends Judged {
  readonly trusted: true
  /** The signed digest; absent where nothing was verified. */
  readonly digest?: Digest
  /** The reference to run instead; absent where the image stays as it is written. */
  readonly pinned?: string
  /** Set where an older verdict stands in for a server that is unavailable. */
  readonly stale?: Stale
}

/** An image that may not run. */
export interface UntrustedVerdict extends Judged {
  readonly trusted: false
  readonly code: TrustErrorCode
  readonly reason: string
}

/** The answer for one image; there is no third state. */
export type Verdict = TrustedVerdict | UntrustedVerdict

/** Why a request is denied although no image was judged. */
export interface Refusal {
  readonly code: TrustErrorCode
  readonly reason: string
}

/** What becomes of a request. */
export type Decision =
  | {
      readonly admitted: true
      readonly patch: readonly ReplaceOperation[]
      /** What the user is told all the same, such as what detection mode let through. */
      readonly warnings: readonly string[]
    }
  | {
      readonly admitted: false
      /** Names every failing image. */
      readonly message: string
      /** The HTTP status inside the AdmissionReview. */
      readonly status: 403 | 500 | 503
    }

/** One request with all that was decided about it: what the rest of the program reports. */
export interface Admission {
  readonly request: AdmissionRequest
  readonly verdicts: readonly Verdict[]
  readonly refusal?: Refusal
  readonly decision: Decision
}
