import { describe, expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { Metrics } from '../../src/reporting/metrics/metrics.ts'

const FILES = resolve(import.meta.dir, '../../chart/files')

const { families } = new Metrics({ version: '1', now: () => new Date(0), typeOf: () => undefined })

/** The labels of the series of a name. */
const labelsOf = (name: string): readonly string[] => {
  const family = families.find((each) => each.name === name.replace(/_(?:bucket|sum|count)$/, ''))
  return [...(family?.labels ?? []), ...(name.endsWith('_bucket') ? ['le'] : [])]
}

/** Every name under which Prometheus finds something: histograms have three each. */
const exported = new Set(
  families.flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]),
)

describe.each(['alerts.yaml', 'dashboard.json'])('%s of the chart', (file) => {
  test('asks for metrics that the program exports, and only for those', async () => {
    const text = await Bun.file(`${FILES}/${file}`).text()
    const names = new Set(text.match(/\bconnaisseur_[a-z_]+/g))
    expect(names.size).toBeGreaterThan(5)
    expect([...names].filter((name) => !exported.has(name))).toEqual([])
  })

  test('selects and groups by labels that these metrics have', async () => {
    const text = (await Bun.file(`${FILES}/${file}`).text()).replaceAll('\\"', '"')
    for (const [, name = '', selector = ''] of text.matchAll(
      /\b(connaisseur_[a-z_]+)\{([^}]*)\}/g,
    )) {
      for (const [, label = ''] of selector.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)) {
        expect(labelsOf(name)).toContain(label)
      }
    }
    const groupings = /\bby \(([^)]*)\) \(\s*(?:rate|increase)?\(?(connaisseur_[a-z_]+)/g
    for (const [, labels = '', name = ''] of text.matchAll(groupings)) {
      for (const label of labels.split(/,\s*/)) expect(labelsOf(name)).toContain(label)
    }
    expect([...text.matchAll(groupings)].length).toBeGreaterThan(2)
  })
})
