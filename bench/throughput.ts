import { admissionReview } from '../spec/support/admission-review.ts'
import { deployment } from '../spec/support/workload.ts'
import type { LoadPlan, LoadResult } from './load.ts'
import { ROOT, run } from './program.ts'
import type { BenchServer } from './server.ts'
import type { Contender, Workshop } from './workshop.ts'

/** A review of 3 KB: a Deployment of one container, filled up by an annotation. */
const REVIEW = JSON.stringify(
  admissionReview({
    object: deployment('registry.example/team/app:1.4.2', {
      annotations: { 'registry.example/description': 'lorem ipsum '.repeat(25) },
    }),
  }),
)

const CONNECTIONS = 16
const ROUNDS = 6
const REQUESTS = 20_000
/** Enough for the hot functions to be compiled to the last tier. */
const FIRST_WARM_UP = 20_000
const WARM_UP = 1000

/** One run of the load generator, with what it cost the server. */
export interface Load extends LoadResult {
  /** Processor time of the server for one review, in microseconds. */
  readonly cpuUs: number
}

/** The rounds of each program. */
export type Throughput = Readonly<Record<Contender, readonly Load[]>>

/** Lets both programs run and loads one after the other, with the order turned round each time. */
export async function measureThroughput(workshop: Workshop): Promise<Throughput> {
  const servers = {
    connaisseur: await workshop.start('connaisseur'),
    baseline: await workshop.start('baseline'),
  }
  const loads = { connaisseur: [] as Load[], baseline: [] as Load[] }
  for (let round = 0; round < ROUNDS; round++) {
    const order: Contender[] = ['connaisseur', 'baseline']
    for (const contender of round % 2 === 0 ? order : order.toReversed()) {
      const warmUp = round === 0 ? FIRST_WARM_UP : WARM_UP
      loads[contender].push(await applyLoad(servers[contender], REQUESTS, warmUp))
    }
  }
  await Promise.all([servers.connaisseur.stop(), servers.baseline.stop()])
  return loads
}

/** What is sent, and over how many connections. */
export interface LoadShape {
  /** In turn. Default is one review of 3 KB. */
  readonly bodies?: readonly string[]
  /** Default is 16. */
  readonly connections?: number
}

/** Sends reviews, in turn, from a process of its own. */
export async function applyLoad(
  server: BenchServer,
  requests: number,
  warmUpRequests: number,
  { bodies = [REVIEW], connections = CONNECTIONS }: LoadShape = {},
): Promise<Load> {
  const { port, ca } = server
  const plan: LoadPlan = {
    ...{ port, ca, bodies, connections },
    ...{ requests, warmUpRequests },
  }
  const before = server.cpuMs()
  const output = await run([process.execPath, `${ROOT}/bench/load.ts`, JSON.stringify(plan)])
  const result: LoadResult = JSON.parse(output)
  const cpuMs = server.cpuMs() - before
  return { ...result, cpuUs: (cpuMs * 1000) / (requests + warmUpRequests) }
}
