import type { Admission, Verdict } from '../../admission/verdict.ts'
import { Counters, Histograms, Levels, type MetricFamily } from './family.ts'

/** From what memory answers to the last second of the API server's patience, in seconds. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const VALIDATION = ['type', 'validator_name']

/**
 * Counts requests and validations, under the names and labels that Connaisseur 3 has, whose
 * dashboards go on working.
 */
export class AdmissionMetrics {
  readonly #requests = new Counters({
    name: 'connaisseur_requests_total',
    help: 'Admission requests received.',
  })
  readonly #inFlight = new Levels({
    name: 'connaisseur_requests_in_flight',
    help: 'Admission requests that are being decided.',
  })
  readonly #admitted = new Counters({
    name: 'connaisseur_requests_admitted_total',
    help: 'Admission requests that were admitted.',
  })
  readonly #denied = new Counters({
    name: 'connaisseur_requests_denied_total',
    help: 'Admission requests that were denied; timeout is true if only time ran out.',
    labels: ['timeout'],
  })
  readonly #validations = new Counters({
    name: 'connaisseur_validations_total',
    help: 'Images judged; result is success or error.',
    labels: [...VALIDATION, 'result'],
  })
  readonly #successful = new Counters({
    name: 'connaisseur_validations_successful_total',
    help: 'Images found to be trusted.',
    labels: VALIDATION,
  })
  readonly #failed = new Counters({
    name: 'connaisseur_validations_failed_total',
    help: 'Images found not to be trusted, but for those whose time ran out.',
    labels: VALIDATION,
  })
  readonly #skipped = new Counters({
    name: 'connaisseur_validations_skipped_total',
    help: 'Images that were not validated anew, and why not.',
    labels: [...VALIDATION, 'reason'],
  })
  readonly #timeouted = new Counters({
    name: 'connaisseur_validations_timeouted_total',
    help: 'Images whose time ran out.',
    labels: VALIDATION,
  })
  readonly #admissionSeconds = new Histograms({
    name: 'connaisseur_admission_duration_seconds',
    help: 'How long the decision on an admission request took.',
    labels: ['decision'],
    bounds: BOUNDS,
  })
  readonly #validationSeconds = new Histograms({
    name: 'connaisseur_validation_duration_seconds',
    help: 'How long judging one image took, by type of validator; what memory answers is left out.',
    labels: ['type'],
    bounds: BOUNDS,
  })
  /** For whoever renders them. */
  readonly families: readonly MetricFamily[] = [
    this.#requests,
    this.#inFlight,
    this.#admitted,
    this.#denied,
    this.#validations,
    this.#successful,
    this.#failed,
    this.#skipped,
    this.#timeouted,
    this.#admissionSeconds,
    this.#validationSeconds,
  ]
  readonly #typeOf: (validator: string) => string | undefined

  /** `typeOf` tells the type of a validator of the configuration of the moment. */
  constructor(typeOf: (validator: string) => string | undefined) {
    this.#typeOf = typeOf
    for (const timeout of ['true', 'false']) this.#denied.add([timeout], 0)
  }

  /** A request came in, whatever becomes of it. */
  readonly countRequest = (): void => this.#requests.add()

  /** A request begins to be decided, or is. */
  readonly changeInFlight = (by: 1 | -1): void => this.#inFlight.change(by)

  /** A request was denied because its handling failed unexpectedly. */
  readonly countFailure = (): void => this.#denied.add(['false'])

  /** A request was decided. */
  readonly countAdmission = ({ decision, verdicts }: Admission, durationMs: number): void => {
    if (decision.admitted) this.#admitted.add()
    else this.#denied.add([String(decision.status === 503 && verdicts.some(isTimeout))])
    this.#admissionSeconds.observe([decision.admitted ? 'admitted' : 'denied'], durationMs / 1000)
    for (const verdict of verdicts) this.#countVerdict(verdict)
  }

  /** An image was judged, by its validator or before one was found; memory is no judgement. */
  readonly countJudgement = (verdict: Verdict, durationMs: number): void => {
    if (verdict.skipped !== undefined) return
    const [type] = this.#labelsOf(verdict)
    this.#validationSeconds.observe([type], durationMs / 1000)
  }

  /** As in Connaisseur 3, what is skipped counts among the successful or failed ones too. */
  #countVerdict(verdict: Verdict): void {
    const labels = this.#labelsOf(verdict)
    this.#validations.add([...labels, verdict.trusted ? 'success' : 'error'])
    if (verdict.trusted) this.#successful.add(labels)
    else if (isTimeout(verdict)) this.#timeouted.add(labels)
    else this.#failed.add(labels)
    if (verdict.skipped !== undefined) this.#skipped.add([...labels, verdict.skipped])
  }

  /** `unknown` before a rule was found, as Connaisseur 3 has it. */
  #labelsOf({ rule, validator }: Verdict): readonly [type: string, validator: string] {
    if (validator !== undefined) return [this.#typeOf(validator) ?? 'unknown', validator]
    return [rule === undefined ? 'unknown' : 'static', '']
  }
}

function isTimeout(verdict: Verdict): boolean {
  return !verdict.trusted && verdict.code === 'UNAVAILABLE_TIMEOUT'
}
