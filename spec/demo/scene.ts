import type { TrustErrorCode } from '../../src/trust/errors.ts'
import type { AdmissionReview } from '../support/admission-review.ts'
import type { Workload } from '../support/workload.ts'
import type { Stage, WebhookName } from './stage.ts'

/** One question to the program, and the answer that is promised. Scenes do not build on others. */
export type Scene = ReviewScene | PostScene | CommandScene

interface Told {
  /** In plain words. */
  readonly title: string
  /** Why the promised answer is the right one. */
  readonly why: string
  /** What happens before; it is undone after the scene. */
  readonly arrange?: (stage: Stage) => void
}

/** The API server asks about an object. */
export interface ReviewScene extends Told {
  readonly kind: 'review'
  /** Default `denying`. */
  readonly webhook?: WebhookName
  readonly review: AdmissionReview
  readonly expected: ExpectedAnswer
}

/** Somebody sends what is no AdmissionReview. */
export interface PostScene extends Told {
  readonly kind: 'post'
  readonly body: string
  readonly expected: { readonly status: number; readonly says: string }
}

/** Somebody runs a command of the binary. */
export interface CommandScene extends Told {
  readonly kind: 'command'
  readonly args: readonly string[]
  readonly expected: {
    readonly exitCode: 0 | 1 | 2
    /** Beginnings of lines of stdout or stderr, in this order; other lines may stand between. */
    readonly says: readonly string[]
    /** How many lines there are in all, where that matters. */
    readonly lines?: number
  }
}

/** What is promised of the answer to a review. */
export type ExpectedAnswer =
  | {
      readonly allowed: true
      /** The object as the API server would store it, to the last field. */
      readonly stored: Workload
      /** Whom the warnings blame, all of them. Default nobody, and no warning. */
      readonly warned?: readonly Blame[]
    }
  | {
      readonly allowed: false
      readonly status: 403 | 500 | 503
      /** Whom the message blames, all of them. */
      readonly blamed: readonly Blame[]
    }

/** One reason for a denial; without an image the request as a whole is to blame. */
export interface Blame {
  readonly image?: string
  readonly code: TrustErrorCode
}

/** What happened in a scene, ready to be shown. */
export interface Account {
  readonly rows: readonly Row[]
  /** What was not as promised, a sentence each. */
  readonly complaints: readonly string[]
}

/** Lines under one label. */
export interface Row {
  readonly label: string
  readonly lines: readonly string[]
  readonly tone?: 'good' | 'bad'
}
