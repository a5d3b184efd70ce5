import { Random } from '../support/random.ts'
import { SEEDS } from './seeds.ts'
import type { Target } from './target.ts'
import { createBundleTarget } from './targets/bundle.ts'
import { createConfigurationTarget } from './targets/configuration.ts'
import { patternTarget, referenceTarget } from './targets/names.ts'
import { createNotaryTarget } from './targets/notary.ts'
import { createRedisTarget } from './targets/redis.ts'
import { createRegistryTarget } from './targets/registry.ts'
import { createReviewTarget } from './targets/review.ts'
import { createTemplateTarget } from './targets/template.ts'

/** How long all targets together are tried, in seconds. */
const SECONDS = Number(process.env['SECONDS'] ?? 60)

/** An input that takes longer is a hang, in milliseconds. */
const MAX_ATTEMPT_MS = 5000

/** How many inputs of one target are tried in a row. */
const BATCH = 20

process.exitCode = await main()

/** Tries hostile inputs until the time is over; 0 if nothing was found. */
async function main(): Promise<number> {
  const only = process.env['TARGET']
  const all = await createTargets()
  const targets = all.filter(({ name }) => !only || name === only)
  try {
    for (const [name, seed] of SEEDS) {
      const target = targets.find((each) => each.name === name)
      if (target !== undefined && !(await attempt(target, seed))) return 1
    }
    const given = process.env['SEED']
    if (given !== undefined) return (await attemptAll(targets, Number(given))) ? 0 : 1
    return (await attemptInTurn(targets)) ? 0 : 1
  } finally {
    for (const target of all) target.stop?.()
  }
}

async function createTargets(): Promise<readonly Target[]> {
  return [
    createReviewTarget(),
    referenceTarget,
    patternTarget,
    createConfigurationTarget(),
    await createNotaryTarget(),
    createRegistryTarget(),
    await createBundleTarget(),
    createTemplateTarget(),
    createRedisTarget(),
  ]
}

/**
 * Gives each target the same time, whatever one of its inputs takes, and the same seeds one after the
 * other: from the one that is given, so that a gate tries the same ones each time.
 */
async function attemptInTurn(targets: readonly Target[]): Promise<boolean> {
  const counts = new Map(targets.map(({ name }) => [name, 0]))
  const spent = new Map(targets.map(({ name }) => [name, 0]))
  const first = Number(process.env['FROM'] ?? Date.now() % 1_000_000_000)
  const end = performance.now() + SECONDS * 1000
  while (performance.now() < end) {
    const target = [...targets].sort(
      (a, b) => (spent.get(a.name) ?? 0) - (spent.get(b.name) ?? 0),
    )[0]
    if (target === undefined) return false
    const start = performance.now()
    const seed = first + (counts.get(target.name) ?? 0)
    for (let index = 0; index < BATCH; index++) {
      if (!(await attempt(target, seed + index))) return false
    }
    spent.set(target.name, (spent.get(target.name) ?? 0) + performance.now() - start)
    counts.set(target.name, (counts.get(target.name) ?? 0) + BATCH)
  }
  for (const [name, count] of counts)
    console.log(`${name.padEnd(14)}${String(count).padStart(8)} inputs`)
  console.log(`nothing found from seed ${first} on`)
  return true
}

async function attemptAll(targets: readonly Target[], seed: number): Promise<boolean> {
  for (const target of targets) if (!(await attempt(target, seed))) return false
  return true
}

async function attempt(target: Target, seed: number): Promise<boolean> {
  const hang = Promise.withResolvers<never>()
  const timer = setTimeout(() => hang.reject(new Error('it does not end')), MAX_ATTEMPT_MS)
  const start = performance.now()
  try {
    await Promise.race([target.attempt(new Random(seed)), hang.promise])
    if (performance.now() - start < MAX_ATTEMPT_MS) return true
    throw new Error(`it took ${Math.round(performance.now() - start)} ms`)
  } catch (error) {
    console.error(`FOUND, repeat with: make fuzz TARGET=${target.name} SEED=${seed}`)
    console.error(error)
    return false
  } finally {
    clearTimeout(timer)
  }
}
