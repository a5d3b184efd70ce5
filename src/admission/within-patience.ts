import { TrustError } from '../trust/errors.ts'
import type { Validator } from '../validators/validator.ts'
import { withinDeadline } from './within-deadline.ts'

/**
 * How long a server is waited for when there is a verdict to stand in, in milliseconds: what one
 * attempt may take, and less where the server is known to be broken.
 */
const PATIENCE_MS = 3000
const BROKEN_PATIENCE_MS = 250

/** How long a verification goes on that nobody waits for, in milliseconds. */
const BACKGROUND_MS = 10_000

/**
 * Waits no longer than need be, because there is a verdict to stand in. The verification goes on
 * without us: a server that is slow would otherwise never be found to be back.
 */
export async function withinPatience<Result>(
  join: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
  validator: Validator,
): Promise<Result> {
  const background = new AbortController()
  const stop = setTimeout(() => background.abort(), BACKGROUND_MS)
  const flight = join(background.signal).finally(() => clearTimeout(stop))
  flight.catch(() => {})
  const patienceMs = validator.lastFailure?.() === undefined ? PATIENCE_MS : BROKEN_PATIENCE_MS
  const impatience = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const message = `there was no answer within ${patienceMs} ms`
    impatience.reject(validator.lastFailure?.() ?? new TrustError('UNAVAILABLE_TIMEOUT', message))
  }, patienceMs)
  try {
    return await Promise.race([withinDeadline(flight, signal), impatience.promise])
  } finally {
    clearTimeout(timer)
  }
}
