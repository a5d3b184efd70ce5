import type { Tracing, TracingOptions } from './tracing.ts'

/** Of the environment: the variables of OpenTelemetry's specification. */
type Environment = Readonly<Record<string, string | undefined>>

/**
 * Makes what sends traces, if `OTEL_EXPORTER_OTLP_ENDPOINT` is set: only then are OpenTelemetry's
 * packages loaded. Throws an `Error` where its value cannot be used.
 */
export function openTracing(
  environment: Environment,
  options: TracingOptions,
): Promise<Tracing> | undefined {
  const endpoint = environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? ''
  if (endpoint === '') return undefined
  const url = URL.parse(endpoint)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Error('OTEL_EXPORTER_OTLP_ENDPOINT is no URL that begins with http:// or https://')
  }
  if (environment['OTEL_EXPORTER_OTLP_PROTOCOL'] === 'grpc') {
    throw new Error(
      'OTEL_EXPORTER_OTLP_PROTOCOL is grpc; spans are sent over HTTP, to port 4318 of most collectors',
    )
  }
  return import('./otlp.ts').then(({ createOtlpTracing }) => createOtlpTracing(options))
}
