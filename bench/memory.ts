import { readRssMb } from './proc.ts'
import { slope } from './statistics.ts'
import { applyLoad } from './throughput.ts'
import type { Workshop } from './workshop.ts'

const ADMISSIONS = 100_000
const SAMPLE_EVERY_MS = 100

/** Resident memory of the server, in MB. */
export interface Memory {
  readonly idleMb: number
  readonly afterMb: number
  /** The most that was seen while the reviews came in. */
  readonly peakMb: number
  /** Growth from the 50 000th to the 100 000th admission, by least squares. */
  readonly growthMb: number
}

/** Watches the memory of a fresh server while it admits 100 000 reviews without a pause. */
export async function measureMemory(workshop: Workshop): Promise<Memory> {
  const server = await workshop.start('connaisseur')
  await Bun.sleep(1000)
  const idleMb = readRssMb(server.pid)
  const samples: (readonly [timeMs: number, mb: number])[] = []
  const sampler = setInterval(
    () => samples.push([performance.now(), readRssMb(server.pid)]),
    SAMPLE_EVERY_MS,
  )
  await applyLoad(server, ADMISSIONS, 0)
  clearInterval(sampler)
  const afterMb = readRssMb(server.pid)
  await server.stop()
  const lastHalf = samples.slice(Math.floor(samples.length / 2))
  const durationMs = (lastHalf.at(-1)?.[0] ?? 0) - (lastHalf[0]?.[0] ?? 0)
  return {
    idleMb,
    afterMb,
    peakMb: Math.max(...samples.map(([, mb]) => mb)),
    growthMb: slope(lastHalf) * durationMs,
  }
}
