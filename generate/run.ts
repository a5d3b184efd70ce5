import { resolve } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { renderChartReadme } from './chart-readme.ts'
import { renderValuesSchema } from './values-schema.ts'

const CHART = resolve(import.meta.dir, '../chart')

/** Writes what is generated; .ci/run fails if that changes anything. */
async function main(): Promise<void> {
  const values = await Bun.file(`${CHART}/values.yaml`).text()
  await Bun.write(`${CHART}/values.schema.json`, renderValuesSchema())
  await Bun.write(`${CHART}/README.md`, renderChartReadme(values, manifest.version))
  const chart = await Bun.file(`${CHART}/Chart.yaml`).text()
  const versions = chart.replace(/^((?:app)?version): .*$/gim, `$1: ${manifest.version}`)
  await Bun.write(`${CHART}/Chart.yaml`, versions)
}

await main()
