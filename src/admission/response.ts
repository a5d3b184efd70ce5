import { quote } from '../text/quote.ts'
import { actorOf } from '../trust/errors.ts'
import { FAILED, refuse } from './decide.ts'
import type { Admission, Decision, Verdict } from './verdict.ts'

/** The most that one audit annotation may hold, in characters; an event carries it for ever. */
const MAX_ANNOTATION_CHARACTERS = 10_000

const REASONS = { 403: 'Forbidden', 500: 'InternalError', 503: 'ServiceUnavailable' } as const

/** An answer to the API server, ready to be written as JSON. */
export interface ReviewResponse {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: Readonly<Record<string, unknown>>
}

/** Answers one request; the uid is always the request's. */
export function toResponse({ request, verdicts, decision }: Admission): ReviewResponse {
  return complete(request.uid, decision, {
    auditAnnotations: {
      decision: decision.admitted ? 'admitted' : 'denied',
      ...(verdicts.length === 0 ? {} : { verdicts: annotate(verdicts) }),
    },
  })
}

/** Denies a request whose handling failed unexpectedly. */
export function toFailure(uid: string): ReviewResponse {
  return complete(uid, refuse(FAILED), {})
}

function complete(
  uid: string,
  decision: Decision,
  extra: Readonly<Record<string, unknown>>,
): ReviewResponse {
  const outcome = decision.admitted ? allowed(decision) : denied(decision)
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, ...outcome, ...extra },
  }
}

function allowed({ patch, warnings }: Extract<Decision, { admitted: true }>) {
  return {
    allowed: true,
    ...(patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: encode(patch) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}

function denied({ status, message }: Extract<Decision, { admitted: false }>) {
  return {
    allowed: false,
    status: { status: 'Failure', code: status, reason: REASONS[status], message },
  }
}

function encode(patch: unknown): string {
  return Buffer.from(JSON.stringify(patch)).toString('base64')
}

function annotate(verdicts: readonly Verdict[]): string {
  const text = verdicts.map(describe).join('; ')
  if (text.length <= MAX_ANNOTATION_CHARACTERS) return text
  return `${text.slice(0, MAX_ANNOTATION_CHARACTERS)}...`
}

function describe(verdict: Verdict): string {
  const image = quote(verdict.image, MAX_ANNOTATION_CHARACTERS)
  const by = verdict.rule === undefined ? '' : ` by rule ${quote(verdict.rule)}`
  if (!verdict.trusted)
    return `${image} not trusted${by}: ${verdict.code} (${actorOf(verdict.code)})`
  const digest = verdict.digest === undefined ? '' : `: ${verdict.digest}`
  if (verdict.stale === undefined) return `${image} trusted${by}${digest}`
  const { verifiedAt, code } = verdict.stale
  return `${image} trusted${by}${digest} (verified at ${verifiedAt.toISOString()}, now ${code})`
}
