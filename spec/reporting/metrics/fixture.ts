import { createExposition } from '../../../src/reporting/metrics/lazy-exposition.ts'
import { Metrics } from '../../../src/reporting/metrics/metrics.ts'

/** When these metrics are read. */
export const NOW = new Date('2026-06-01T00:00:00Z')

/** Metrics of a configuration whose validator `default` is a Notary, and what reads them. */
export function createMetrics() {
  const metrics = new Metrics({
    version: '1.2.3',
    now: () => NOW,
    typeOf: (validator) => (validator === 'default' ? 'notaryv1' : undefined),
  })
  const render = createExposition(metrics.families)
  return {
    metrics,
    /** The lines of the text that begin with this. */
    async lines(start: string): Promise<readonly string[]> {
      const { text } = await render()
      return text.split('\n').filter((line) => line.startsWith(start))
    },
    render,
  }
}
