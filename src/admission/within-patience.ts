import type { TrustError } from '../trust/errors.ts'
import { withinDeadline } from './within-deadline.ts'

/** How soon a server that is known to be broken is given up, in milliseconds. */
const PATIENCE_MS = 250

/** How long a verification goes on that nobody waits for, in milliseconds. */
const BACKGROUND_MS = 10_000

/**
 * Waits until the server is known to be broken, and no longer, because there is a verdict to stand in.
 * The verification goes on without us: a server that is slow would otherwise never be found to be back.
 */
export async function withinPatience<Result>(
  join: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
  lastFailure: () => TrustError | undefined,
): Promise<Result> {
  const background = new AbortController()
  const stop = setTimeout(() => background.abort(), BACKGROUND_MS)
  const flight = join(background.signal).finally(() => clearTimeout(stop))
  flight.catch(() => {})
  const impatience = Promise.withResolvers<never>()
  const look = setInterval(() => {
    const failure = lastFailure()
    if (failure !== undefined) impatience.reject(failure)
  }, PATIENCE_MS)
  try {
    return await Promise.race([withinDeadline(flight, signal), impatience.promise])
  } finally {
    clearInterval(look)
  }
}
