import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Counters, Distribution, Gauges, Histograms, MetricFamily } from './family.ts'

/**
 * What of prom-client's own metrics says nothing here: V8's heap spaces, handles, what has no value before
 * the first sample, and the
 * version of a Node.js that does not run.
 */
const MEANINGLESS =
  /^nodejs_(?:heap_space_|active_|version_info|gc_|eventloop_lag_(?:min|mean|stddev)|external_memory|heap_size)|^process_heap_bytes$/

/** Makes what renders these families, and those of the process, whenever it is asked. */
export function createRegistry(families: readonly MetricFamily[]) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name } of registry.getMetricsAsArray()) {
    if (MEANINGLESS.test(name)) registry.removeSingleMetric(name)
  }
  for (const family of families) register(registry, family)
  const { contentType } = registry
  return { render: async () => ({ contentType, text: await registry.metrics() }) }
}

function register(registry: Registry, family: MetricFamily): void {
  switch (family.kind) {
    case 'counter':
      registerCounters(registry, family)
      break
    case 'gauge':
      registerGauges(registry, family)
      break
    case 'histogram':
      registry.registerMetric(new RenderedHistogram(family))
  }
}

function registerCounters(registry: Registry, counters: Counters): void {
  const { name, help, labels } = counters
  new Counter({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset()
      for (const series of counters.series()) this.inc(toLabels(labels, series), series.value)
    },
  })
}

function registerGauges(registry: Registry, { name, help, labels, read }: Gauges): void {
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset()
      for (const series of read()) this.set(toLabels(labels, series), series.value)
    },
  })
}

/** prom-client takes single observations only; this one brings counts. */
class RenderedHistogram extends Histogram {
  readonly #histograms: Histograms

  constructor(histograms: Histograms) {
    const { name, help, labels, bounds } = histograms
    super({ name, help, labelNames: labels, buckets: [...bounds], registers: [] })
    this.#histograms = histograms
  }

  /** What the registry asks for first. */
  async getForPromString() {
    const { name, help, labels, bounds } = this.#histograms
    const values = [...this.#histograms.series()].flatMap((series) =>
      toValues(name, bounds, toLabels(labels, series), series),
    )
    return { name, help, type: 'histogram', values, aggregator: 'sum' }
  }
}

function toValues(
  name: string,
  bounds: readonly number[],
  labels: Readonly<Record<string, string>>,
  { buckets, sum, count }: Distribution,
) {
  let below = 0
  const cumulative = buckets.map((inBucket, index) => {
    below += inBucket
    const le = bounds[index] ?? '+Inf'
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
  })
  return [
    ...cumulative,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

function toLabels(
  names: readonly string[],
  { labels }: { readonly labels: readonly string[] },
): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, labels[index] ?? '']))
}
