/*
 * Runs after all other specs of the cluster (`cluster/run.ts` sees to that), and judges the rights of
 * the chart by what the program has done in them.
 */
import { expect, setDefaultTimeout, test } from 'bun:test'
import { findCluster } from './cluster/cluster.ts'
import { renderChart, renderValues } from './cluster/release.ts'
import { readGrantedRights, readUsedRights } from './cluster/rights.ts'
import { openShop } from './cluster/shop.ts'

setDefaultTimeout(60_000)

test('the chart grants what the program uses, and nothing else', async () => {
  const cluster = await findCluster()
  const shop = await openShop()
  const granted = readGrantedRights(await renderChart(cluster, renderValues(shop)))
  const { allowed, forbidden } = readUsedRights(await Bun.file(cluster.auditLog).text())
  shop.notary.stop()
  // What is granted is forbidden too, once an uninstall has taken the Role before the last Pod.
  expect([...forbidden].filter((right) => !granted.has(right))).toEqual([])
  expect([...allowed].sort()).toEqual([...granted].sort())
})
