import { logAdmission } from '../reporting/admission-log.ts'
import type { Log } from '../reporting/log.ts'
import { createExposition } from '../reporting/metrics/lazy-exposition.ts'
import type { Metrics } from '../reporting/metrics/metrics.ts'
import type { Service } from '../server/app.ts'
import type { Condition } from '../server/readiness.ts'
import type { Generation } from './generation.ts'
import { type RuntimeListener, tellAll } from './listener.ts'
import type { Slot } from './slot.ts'

/** Finds out whether one thing holds. */
export type AskCondition = () => Condition | Promise<Condition>

/** What the service is made of. The lists may grow while it runs. */
export interface WebhookServiceParts {
  readonly generations: Slot<Generation>
  readonly conditions: readonly AskCondition[]
  readonly listeners: readonly RuntimeListener[]
  readonly metrics: Metrics
  readonly log: Log
  readonly onFailure: Service['reportFailure']
}

/** Makes the service that the routes show: decisions of the configuration of the moment. */
export function createWebhookService(parts: WebhookServiceParts): Service {
  const { generations, conditions, listeners, metrics, log, onFailure } = parts
  return {
    async admit(request, deadline) {
      const start = performance.now()
      const admission = await generations.use(({ admit }) =>
        admit(request, {
          now: new Date(),
          get signal() {
            return deadline.signal
          },
        }),
      )
      const durationMs = performance.now() - start
      logAdmission(log, admission, durationMs)
      tellAll(listeners, ({ admission: hear }) => hear?.(admission, durationMs), onFailure)
      return admission
    },
    async conditions() {
      const own = await Promise.all(conditions.map((ask) => ask()))
      return [...own, ...(await generations.use((each) => each.conditions()))]
    },
    received: metrics.admissions.countRequest,
    metrics: createExposition(metrics.families),
    reportFailure: onFailure,
  }
}
