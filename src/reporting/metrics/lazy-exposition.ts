import type { MetricFamily } from './family.ts'

/** Metrics in the text format of Prometheus. */
export interface Exposition {
  readonly contentType: string
  readonly text: string
}

/**
 * Makes what renders these families, and those of the process. prom-client is loaded when somebody
 * asks for the first time: it takes longer than everything else at start.
 */
export function createExposition(families: readonly MetricFamily[]): () => Promise<Exposition> {
  let registry: Promise<{ render(): Promise<Exposition> }> | undefined
  return async () => {
    registry ??= import('./exposition.ts').then(({ createRegistry }) => createRegistry(families))
    return (await registry).render()
  }
}
