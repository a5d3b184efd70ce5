import { TrustError } from '../trust/errors.ts'

/**
 * What a validator gets after the deadline to say what it was waiting for, in milliseconds; well
 * within what is kept back of the API server's patience.
 */
const GRACE_MS = 50

/** A validator that overlooks its signal must not keep the request past its deadline. */
export function withinDeadline<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const deadline = Promise.withResolvers<never>()
  const expire = () => {
    deadline.reject(new TrustError('UNAVAILABLE_TIMEOUT', 'the deadline of the request passed'))
  }
  const expireSoon = () => void setTimeout(expire, GRACE_MS)
  if (signal.aborted) expire()
  signal.addEventListener('abort', expireSoon, { once: true })
  return Promise.race([work, deadline.promise]).finally(() => {
    signal.removeEventListener('abort', expireSoon)
  })
}
