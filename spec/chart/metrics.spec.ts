import { describe, expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { Metrics } from '../../src/reporting/metrics/metrics.ts'

const FILES = resolve(import.meta.dir, '../../chart/files')

/** Every name under which Prometheus finds something: histograms have three each. */
const exported = new Set(
  new Metrics({ version: '1', now: () => new Date(0), typeOf: () => undefined }).families.flatMap(
    ({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`],
  ),
)

describe.each(['alerts.yaml', 'dashboard.json'])('%s of the chart', (file) => {
  test('asks for metrics that the program exports, and only for those', async () => {
    const text = await Bun.file(`${FILES}/${file}`).text()
    const names = new Set(text.match(/\bconnaisseur_[a-z_]+/g))
    expect(names.size).toBeGreaterThan(5)
    expect([...names].filter((name) => !exported.has(name))).toEqual([])
  })
})
