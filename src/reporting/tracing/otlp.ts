import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { ReportingExporter } from './reporting-exporter.ts'
import type { OpenSpan, PastSpan, SpanOptions, Tracing, TracingOptions } from './tracing.ts'

/** Spans that wait for the collector; more are dropped. */
const MAX_WAITING = 2048

/** How long one batch may take, and the end of the program waits, in milliseconds. */
const SEND_MS = 5000
const CLOSE_MS = 3000

/** Whatever a user of the cluster can make long is cut. */
const LIMITS = { attributeValueLengthLimit: 1024, attributeCountLimit: 64 }

/** Sends spans as OTLP over HTTP. Where to, and which, the variables `OTEL_*` of the process say. */
export function createOtlpTracing({ version, podName, report }: TracingOptions): Tracing {
  const exporter = new ReportingExporter(new OTLPTraceExporter({ timeoutMillis: SEND_MS }), report)
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': process.env['OTEL_SERVICE_NAME'] || 'connaisseur',
      'service.version': version,
      'service.instance.id': podName,
    }),
    spanLimits: LIMITS,
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: MAX_WAITING,
        exportTimeoutMillis: SEND_MS,
      }),
    ],
  })
  const tracer = provider.getTracer('connaisseur', version)
  const current = new AsyncLocalStorage<Context>()
  const here = () => current.getStore() ?? ROOT_CONTEXT
  return {
    async within({ name, attributes = {}, traceparent }: SpanOptions, work) {
      const parent = toContext(traceparent) ?? here()
      const kind = parent === ROOT_CONTEXT || traceparent ? SpanKind.SERVER : SpanKind.INTERNAL
      const span = tracer.startSpan(name, { kind, attributes }, parent)
      try {
        return await current.run(trace.setSpan(parent, span), () => work(toOpenSpan(span)))
      } finally {
        span.end()
      }
    },
    note({ name, attributes, durationMs, failure, isCall }: PastSpan) {
      const kind = isCall === true ? SpanKind.CLIENT : SpanKind.INTERNAL
      const end = Date.now()
      const options = { kind, attributes, startTime: end - durationMs }
      const span = tracer.startSpan(name, options, here())
      if (failure !== undefined) toOpenSpan(span).fail(failure)
      span.end(end)
    },
    async close() {
      const late = Bun.sleep(CLOSE_MS).then(() => true)
      if (await Promise.race([provider.shutdown().catch(() => true), late])) {
        report('the collector took not all spans before the end', {})
      }
    },
  }
}

/** A caller may send anything; the version, lengths and digits are checked (W3C Trace Context 3.2). */
function toContext(traceparent: string | undefined): Context | undefined {
  if (traceparent === undefined) return undefined
  const spanContext = parseTraceParent(traceparent)
  if (spanContext === null) return undefined
  return trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, isRemote: true })
}

function toOpenSpan(span: Span): OpenSpan {
  return {
    set: (attributes) => void span.setAttributes({ ...attributes }),
    fail: (message) => void span.setStatus({ code: SpanStatusCode.ERROR, message }),
  }
}
