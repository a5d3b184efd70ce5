import type { Condition } from './readiness.ts'

/** How long an answer counts, in milliseconds, give or take a fifth: replicas drift apart. */
const TTL_MS = 5000
const JITTER = 0.2

/** Less than the second that the kubelet waits for a readiness probe by default. */
const TIMEOUT_MS = 800

/** What a health check asks, and how. */
export interface HealthCheckOptions {
  /** The name of the condition. */
  readonly name: string
  /** Asks; rejects where the condition does not hold. The signal aborts when nobody waits. */
  readonly check: (signal: AbortSignal) => Promise<void>
  /** Says in words why the check failed: not every error is for the world to read. */
  readonly explain: (error: unknown) => string
  /** How long a result counts, in milliseconds. Default 5000, jittered by a fifth. */
  readonly ttlMs?: number
  /** How long to wait for the check, in milliseconds. Default 800. */
  readonly timeoutMs?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** At least 0 and below 1. */
  readonly random?: () => number
}

/**
 * Makes a condition of something that has to be asked for. An answer counts for a few seconds, good
 * or bad; whoever asks meanwhile gets it, and whoever asks at the same time shares one check.
 */
export function createHealthCheck(options: HealthCheckOptions): () => Promise<Condition> {
  const { ttlMs = TTL_MS, now = () => performance.now(), random = Math.random } = options
  let current: Promise<Condition> | undefined
  let staleAt = Number.POSITIVE_INFINITY
  const refresh = async (): Promise<Condition> => {
    try {
      return await ask(options)
    } finally {
      staleAt = now() + ttlMs * (1 + JITTER * (2 * random() - 1))
    }
  }
  return () => {
    if (current === undefined || now() >= staleAt) {
      staleAt = Number.POSITIVE_INFINITY
      current = refresh()
    }
    return current
  }
}

async function ask(options: HealthCheckOptions): Promise<Condition> {
  const { name, timeoutMs = TIMEOUT_MS } = options
  const controller = new AbortController()
  const timedOut = Promise.withResolvers<string>()
  const timer = setTimeout(() => {
    timedOut.resolve(`it did not answer within ${timeoutMs} ms`)
    controller.abort()
  }, timeoutMs)
  try {
    const reason = await Promise.race([timedOut.promise, findFailure(options, controller.signal)])
    return reason === undefined ? { name, ok: true } : { name, ok: false, reason }
  } finally {
    clearTimeout(timer)
  }
}

async function findFailure({ check, explain }: HealthCheckOptions, signal: AbortSignal) {
  try {
    await check(signal)
    return undefined
  } catch (error) {
    return explain(error)
  }
}
