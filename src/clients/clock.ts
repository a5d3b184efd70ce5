/** Time and chance, for what waits; specs bring their own. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number
  /** Calls back once after so many milliseconds; returns what cancels it. */
  after(ms: number, call: () => void): () => void
  /** At least 0 and below 1. */
  random(): number
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}
