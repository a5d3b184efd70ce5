import type { Contender, Workshop } from './workshop.ts'

const STARTS = 20

/** From exec to the first HTTPS 200, in milliseconds. */
export interface StartTime {
  readonly wallMs: number
  /** Of the main thread. */
  readonly cpuMs: number
}

/** The starts of each program. */
export type StartTimes = Readonly<Record<Contender, readonly StartTime[]>>

/** Starts each program 20 times, in turn, after one start that only warms the page cache. */
export async function measureStarts(workshop: Workshop): Promise<StartTimes> {
  const times = { connaisseur: [] as StartTime[], baseline: [] as StartTime[] }
  for (let round = 0; round <= STARTS; round++) {
    for (const contender of ['connaisseur', 'baseline'] as const) {
      const server = await workshop.start(contender)
      await server.stop()
      const { firstAnswerMs: wallMs, firstAnswerCpuMs: cpuMs } = server
      if (round > 0) times[contender].push({ wallMs, cpuMs })
    }
  }
  return times
}
