import { concernsImages, readImages } from '../../admission/images.ts'
import type { Admission, Verdict } from '../../admission/verdict.ts'
import { escapeUnprintable } from '../../text/quote.ts'
import type { AlertValues } from './placeholder.ts'

/** Which receivers hear of a decision. */
export type Category = 'admit' | 'reject'

/** What an alert says, but for what its receiver adds. */
export interface Alert {
  readonly category: Category
  readonly values: Omit<AlertValues, 'priority'>
}

/** What an alert says of where it comes from. */
export interface AlertSource {
  readonly cluster: string
  /** The name of the Pod that decided. */
  readonly pod: string
  readonly now: Date
}

/**
 * Words a decision as Connaisseur 3 does. What would have been denied, had detection mode or podsOnly
 * not softened it, is an alert of a rejection, which says that it was admitted. Nothing for a request
 * without side effects (dryRun) and for one that has nothing to do with images.
 */
export function toAlert(admission: Admission, source: AlertSource): Alert | undefined {
  const { request, decision } = admission
  if (request.dryRun === true || !concernsImages(request)) return undefined
  const error = findError(admission)
  const category = error === undefined ? 'admit' : 'reject'
  return {
    category,
    values: {
      alert_message: wordMessage(admission, error),
      cluster: source.cluster,
      connaisseur_pod_id: source.pod,
      error: error ?? '',
      images: listImages(admission, category).join(', '),
      namespace: request.namespace ?? '',
      request_id: request.uid,
      result: nameResult(admission, error),
      timestamp: source.now.toISOString(),
      decision: decision.admitted ? 'allowed' : 'denied',
      outcome: decision.admitted ? 'success' : 'failure',
      kind: request.kind.kind,
    },
  }
}

/** Why a request is denied, or would have been. */
function findError({ verdicts, refusal, decision }: Admission): string | undefined {
  if (!decision.admitted) return decision.message
  const isSoftened = refusal !== undefined || verdicts.some(({ trusted }) => !trusted)
  return isSoftened ? decision.warnings.join('\n') : undefined
}

function wordMessage(admission: Admission, error: string | undefined): string {
  const { uid } = admission.request
  switch (nameResult(admission, error)) {
    case 'invalid':
      return `CONNAISSEUR failed to parse admission request ${uid}`
    case 'timeout':
      return `CONNAISSEUR validation timed out for admission request ${uid}`
    case 'error':
      return `CONNAISSEUR rejected a request: ${error}`
    default:
      return 'CONNAISSEUR admitted a request'
  }
}

/** The words of Connaisseur 3. */
function nameResult({ verdicts, refusal }: Admission, error: string | undefined): string {
  if (error === undefined) return verdicts.length === 0 ? 'skip' : 'success'
  if (refusal?.code === 'UNTRUSTED_MALFORMED_WORKLOAD') return 'invalid'
  const failures = verdicts.filter((verdict) => !verdict.trusted)
  const isTimeout = failures.length > 0 && failures.every(({ code }) => code === TIMEOUT)
  return isTimeout && refusal === undefined ? 'timeout' : 'error'
}

const TIMEOUT = 'UNAVAILABLE_TIMEOUT'

/** Those that were judged or, where none was, those that the request has as far as it can be read. */
function listImages({ request, verdicts }: Admission, category: Category): readonly string[] {
  if (verdicts.length > 0) return verdicts.map((verdict) => nameImage(verdict, category))
  try {
    const images = new Set(readImages(request).uses.map(({ image }) => image))
    return [...images].map(escapeUnprintable)
  } catch {
    // What cannot be read is denied for that, and what failed on the way is in the log.
    return []
  }
}

/** As it will run, where it will. What is no image name may hold line breaks, or turn a line around. */
function nameImage(verdict: Verdict, category: Category): string {
  const pinned = category === 'admit' && verdict.trusted ? verdict.pinned : undefined
  return escapeUnprintable(pinned ?? verdict.image)
}
