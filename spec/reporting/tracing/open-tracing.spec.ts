import { expect, test } from 'bun:test'
import { openTracing } from '../../../src/reporting/tracing/open-tracing.ts'

const options = { version: '1', podName: 'p', report: () => {} }

test.each([{}, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }])(
  'without an endpoint there is no tracing',
  (environment) => {
    expect(openTracing(environment, options)).toBeUndefined()
  },
)

test.each(['collector:4317', 'grpc://collector', '/a'])(
  'an endpoint that is no HTTP URL is refused: %s',
  (url) => {
    expect(() => openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: url }, options)).toThrow(
      'OTEL_EXPORTER_OTLP_ENDPOINT is no URL that begins with http:// or https://',
    )
  },
)

test('gRPC is refused: what is sent would never arrive', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  }
  expect(() => openTracing(environment, options)).toThrow(
    'OTEL_EXPORTER_OTLP_PROTOCOL is grpc; spans are sent over HTTP, to port 4318',
  )
})
