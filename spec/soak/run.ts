import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preparePrograms } from '../e2e/prepare.ts'
import { Random } from '../support/random.ts'
import { CASES, drawCase, FLOOD, makeFlood } from './cases.ts'
import { Oracle, type SoakRequest } from './oracle.ts'
import { Tally } from './tally.ts'
import { LAST_TROUBLE, TROUBLES } from './troubles.ts'
import { Watch } from './watch.ts'
import { startWorld, type World } from './world.ts'

/** How long each trouble lasts, and how long it is quiet after it, in milliseconds. */
const PACE = { short: { troubleMs: 700, quietMs: 400 }, long: { troubleMs: 4000, quietMs: 4500 } }

/** Requests under way at a time; each worker waits a little between two, as clients do. */
const WORKERS = 32
const PAUSE_MS = 25

/** Workers that never ask for what a server has to be asked for, so that something always goes on. */
const FREE_WORKERS = 4

/** How long it is quiet in the end, in milliseconds: whatever was, has to be over by then. */
const LAST_QUIET_MS = 8000

/** How much memory may grow from the second quarter of the run to the last one, in MiB. */
const MAX_GROWTH_MIB = { short: 64, long: 32 }

const isShort = process.argv.includes('--short')
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
process.exitCode = await main()

/** Keeps the built program busy while its surroundings fail one after another; 0 if all was right. */
async function main(): Promise<number> {
  await preparePrograms()
  const folder = await mkdtemp(join(tmpdir(), 'connaisseur-soak-'))
  const source = new Random(seed)
  const random = () => source.next()
  console.log(`soak: seed ${seed} (SEED=${seed} repeats its choices)`)
  const world = await startWorld(folder)
  const oracle = new Oracle(world)
  const tally = new Tally()
  const watch = new Watch(world, tally)
  let isOver = false
  const work = async (_: unknown, index: number) => {
    const isFree = index < FREE_WORKERS
    while (!isOver) {
      await sendOne(world, oracle, tally, drawCase(random, isFree)(world))
      await Bun.sleep(PAUSE_MS)
    }
  }
  try {
    watch.start()
    const workers = Array.from({ length: WORKERS }, work)
    await playTroubles(world, oracle, tally, random)
    isOver = true
    await Promise.all(workers)
    await watch.stop()
  } finally {
    await world.stop()
  }
  const isRight = tally.print([...CASES, FLOOD], MAX_GROWTH_MIB[isShort ? 'short' : 'long'])
  if (isRight) await rm(folder, { recursive: true })
  else console.log(`\nlogs and configurations are kept in ${folder}`)
  return isRight ? 0 : 1
}

async function sendOne(
  world: World,
  oracle: Oracle,
  tally: Tally,
  request: SoakRequest,
): Promise<void> {
  const replica = world.pickReplica()
  tally.begin()
  const start = performance.now()
  const answer = await replica.send(request)
  const end = performance.now()
  const problem = oracle.judge(request, answer, { start, end, replica: replica.name })
  tally.add({ name: request.name, answer, durationMs: end - start, problem })
}

async function playTroubles(
  world: World,
  oracle: Oracle,
  tally: Tally,
  random: () => number,
): Promise<void> {
  const { troubleMs, quietMs } = PACE[isShort ? 'short' : 'long']
  await Bun.sleep(quietMs)
  for (const trouble of [...shuffle(TROUBLES, random), LAST_TROUBLE]) {
    const before = tally.begun
    const interval = oracle.begin(trouble.affects)
    await trouble.begin(world)
    const flood = trouble.isFlood ? makeFlood() : []
    const sent = flood.map((request) => sendOne(world, oracle, tally, request))
    await Bun.sleep(troubleMs)
    tally.addTrouble(trouble.name, tally.begun - before)
    await trouble.end?.(world)
    interval.end()
    await Promise.all(sent)
    await Bun.sleep(quietMs)
  }
  // A cached outage would be seen now.
  await Bun.sleep(LAST_QUIET_MS)
}

function shuffle<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => [random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item)
}
