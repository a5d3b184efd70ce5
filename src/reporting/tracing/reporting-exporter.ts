import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { TracingOptions } from './tracing.ts'

/** How often a collector that fails is written of in the log, in milliseconds. */
const REPORT_EVERY_MS = 60_000

/** Says in the log that a collector takes no spans, which would be silent otherwise. */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter
  readonly #report: TracingOptions['report']
  #lost = 0
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(exporter: SpanExporter, report: TracingOptions['report']) {
    this.#exporter = exporter
    this.#report = report
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code !== ExportResultCode.SUCCESS) this.#tell(spans.length)
      done(result)
    })
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve()
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  /** Without the reason: it may hold the URL, and in it what the collector knows us by. */
  #tell(spans: number): void {
    this.#lost += spans
    const now = performance.now()
    if (now - this.#reportedAt < REPORT_EVERY_MS) return
    this.#report('the collector takes no spans', { spans: this.#lost })
    this.#lost = 0
    this.#reportedAt = now
  }
}
