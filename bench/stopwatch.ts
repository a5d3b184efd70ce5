const WARM_UP_MS = 400
const ROUND_MS = 200
const ROUNDS = 7

/** Microseconds that have passed, of one kind or another. */
export type Clock = () => number

/** Time on the wall. */
export const wallUs: Clock = () => performance.now() * 1000

/** Processor time of this process, all of its threads together. */
export const cpuUs: Clock = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Times a function: after a warm-up the mean of one call, in microseconds, for each round. */
export function timeSync(clock: Clock, call: () => unknown): readonly number[] {
  let calls = 0
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; calls++) call()
  const perRound = Math.ceil((calls * ROUND_MS) / WARM_UP_MS)
  return Array.from({ length: ROUNDS }, () => {
    const start = clock()
    for (let index = 0; index < perRound; index++) call()
    return (clock() - start) / perRound
  })
}

/** As `timeSync`, for a function that returns a promise. */
export async function timeAsync(
  clock: Clock,
  call: () => Promise<unknown>,
): Promise<readonly number[]> {
  let calls = 0
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; calls++) await call()
  const perRound = Math.ceil((calls * ROUND_MS) / WARM_UP_MS)
  const rounds: number[] = []
  while (rounds.length < ROUNDS) {
    const start = clock()
    for (let index = 0; index < perRound; index++) await call()
    rounds.push((clock() - start) / perRound)
  }
  return rounds
}
