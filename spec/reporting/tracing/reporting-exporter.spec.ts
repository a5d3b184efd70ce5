import { expect, test } from 'bun:test'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import { ReportingExporter } from '../../../src/reporting/tracing/reporting-exporter.ts'

/** An exporter that ends as it is told to. */
function ending(result: ExportResult): SpanExporter {
  return {
    export: (_: ReadableSpan[], done: (result: ExportResult) => void) => done(result),
    shutdown: async () => {},
  }
}

test('lost spans are written of once in a while, and without a reason that may hold the URL', () => {
  const reports: unknown[] = []
  const failed = { code: ExportResultCode.FAILED, error: new Error('https://key@collector') }
  const exporter = new ReportingExporter(ending(failed), (...report) => reports.push(report))
  const results: ExportResult[] = []
  for (let each = 0; each < 3; each++) exporter.export([], (result) => results.push(result))
  expect(reports).toEqual([['the collector takes no spans', { spans: 0 }]])
  expect(results).toEqual([failed, failed, failed])
})

test('what is sent is not written of', () => {
  const reports: unknown[] = []
  const sent = { code: ExportResultCode.SUCCESS }
  new ReportingExporter(ending(sent), (...report) => reports.push(report)).export([], () => {})
  expect(reports).toEqual([])
})
