import type { AdmissionRequest } from '../admission/review.ts'
import { logAdmission } from '../reporting/admission-log.ts'
import type { Log } from '../reporting/log.ts'
import { createExposition } from '../reporting/metrics/lazy-exposition.ts'
import type { Metrics } from '../reporting/metrics/metrics.ts'
import type { Tracing } from '../reporting/tracing/tracing.ts'
import type { Service } from '../server/app.ts'
import type { Deadline } from '../server/deadline.ts'
import type { Condition } from '../server/readiness.ts'
import type { Generation } from './generation.ts'
import { type RuntimeListener, tellAll } from './listener.ts'
import type { Slot } from './slot.ts'
import { traceAdmissions } from './traced-admission.ts'

/** Finds out whether one thing holds. */
export type AskCondition = () => Condition | Promise<Condition>

/** What the service is made of. The lists may grow while it runs. */
export interface WebhookServiceParts {
  readonly generations: Slot<Generation>
  readonly conditions: readonly AskCondition[]
  readonly listeners: readonly RuntimeListener[]
  readonly metrics: Metrics
  /** Tells a collector what happens; nobody without it. */
  readonly tracing?: Tracing | undefined
  readonly log: Log
  readonly onFailure: Service['reportFailure']
}

/** Makes the service that the routes show: decisions of the configuration of the moment. */
export function createWebhookService(parts: WebhookServiceParts): Service {
  const { generations, conditions, listeners, metrics, tracing, log, onFailure } = parts
  const { changeInFlight } = metrics.admissions
  const decide = (request: AdmissionRequest, deadline: Deadline) =>
    generations.use((generation) =>
      generation.admit(request, {
        now: new Date(),
        patienceMs: deadline.timeoutMs,
        get signal() {
          return deadline.signal
        },
      }),
    )
  const admit: Service['admit'] = async (request, deadline) => {
    const start = performance.now()
    changeInFlight(1)
    try {
      const admission = await decide(request, deadline)
      const durationMs = performance.now() - start
      logAdmission(log, admission, durationMs)
      tellAll(listeners, ({ admission: hear }) => hear?.(admission, durationMs), onFailure)
      return admission
    } finally {
      changeInFlight(-1)
    }
  }
  return {
    admit: traceAdmissions(admit, tracing),
    async conditions() {
      const own = await Promise.all(conditions.map((ask) => ask()))
      return [...own, ...(await generations.use((each) => each.conditions()))]
    },
    received: metrics.admissions.countRequest,
    metrics: createExposition(metrics.families),
    reportFailure(error, uid) {
      // With a uid it was a request, which is denied.
      if (uid !== undefined) metrics.admissions.countFailure()
      onFailure(error, uid)
    },
  }
}
