import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNotary } from '../../support/notary/server.ts'
import { type Comparison, compare } from './compare.ts'

/*
 * By hand, with any seed: SEED=7 COUNT=1000 node_modules/.bin/bun spec/e2e/differential/run.ts
 * `make e2e` runs it with a fixed one.
 */

/** How many clients run at the same time. */
const WORKERS = 2

/** Compares so many mutations, in parallel; in the order of their indexes. */
export async function compareAll(seed: number, count: number): Promise<readonly Comparison[]> {
  const folder = await mkdtemp(join(tmpdir(), 'connaisseur-differential-'))
  const comparisons: Comparison[] = []
  let next = 0
  const work = async () => {
    const server = startNotary()
    for (let index = next++; index < count; index = next++) {
      comparisons[index] = await compare(seed, index, { server, folder })
    }
    server.stop()
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  await rm(folder, { recursive: true })
  return comparisons
}

/** Renders what has to be looked at, and how often each outcome was. */
export function summarise(comparisons: readonly Comparison[]): string {
  const counts = Map.groupBy(comparisons, ({ outcome }) => outcome.kind)
  const bad = comparisons.filter(isMistake)
  const reasons = Map.groupBy(comparisons, ({ outcome }) =>
    outcome.kind === 'stricter' ? (outcome.reason ?? 'no reason') : '',
  )
  return [
    ...[...counts].map(([kind, each]) => `${kind}: ${each.length}`),
    ...[...reasons].flatMap(([reason, each]) =>
      reason === '' ? [] : [`  ours alone refuses ${each.length}: ${reason}`],
    ),
    ...bad.map(({ name, ours, notary, outcome }) => {
      const theirs = notary.accepted ? JSON.stringify([...notary.signed]) : notary.reason
      return `${outcome.kind.toUpperCase()} ${name}\n  ours: ${ours}\n  notary: ${theirs}`
    }),
  ].join('\n')
}

/** Tells a comparison that shows a mistake of ours. */
export function isMistake({ outcome }: Comparison): boolean {
  return outcome.kind === 'laxer' || (outcome.kind === 'stricter' && outcome.reason === undefined)
}

if (import.meta.main) {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  const count = Number(process.env['COUNT'] ?? 500)
  const comparisons = await compareAll(seed, count)
  console.log(`seed ${seed}, ${count} mutations\n${summarise(comparisons)}`)
  process.exit(comparisons.some(isMistake) ? 1 : 0)
}
