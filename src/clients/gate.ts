import { TrustError } from '../trust/errors.ts'
import type { Clock } from './clock.ts'

/** Between two probes of a broken server, in milliseconds: the first pause, doubled to the last. */
const FIRST_PAUSE_MS = 100
const LAST_PAUSE_MS = 1000

/** How many requests wait for a broken server; more fail at once. */
const MAX_WAITING = 1000

/** Why an attempt failed. */
export interface Failure {
  readonly error: TrustError
  /** Whether another attempt may fare better. */
  readonly retry: boolean
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined
}

/** The right to send one request; whoever has it says how it ended, once. */
export interface Pass {
  /** Whether it is sent to see if a broken server is back. */
  readonly isProbe: boolean
  /** The server answered. */
  succeeded(): void
  failed(failure: Failure): void
  /** The caller left before an answer; after a silence that tells something of the server. */
  left(silence?: TrustError): void
}

/** One outage, from the first failure to the next answer. */
interface Outage {
  failure: TrustError
  /** Requests that failed. */
  attempts: number
  pauseMs: number
  /** Whether the next one to ask is the probe: the pause is over, and no probe is under way. */
  isDue: boolean
  cancelTimer: () => void
  readonly waiting: Set<Waiter>
}

interface Waiter {
  readonly go: (pass: Pass) => void
  readonly fail: () => void
}

/**
 * Lets requests to a server pass as long as it answers. While it does not, one at a time is sent to
 * see whether it is back, with pauses between; all others wait, and go on together when it answers.
 */
export class Gate {
  readonly #clock: Clock
  #outage: Outage | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What the server failed with last, and how often; nothing while it answers. */
  lastFailure(): TrustError | undefined {
    return this.#outage && describe(this.#outage)
  }

  /** Waits for the right to send a request; rejects with the last failure when the signal aborts. */
  enter(signal: AbortSignal): Promise<Pass> {
    const outage = this.#outage
    if (outage === undefined) return Promise.resolve(this.#pass(false))
    if (signal.aborted) return Promise.reject(describe(outage))
    if (outage.isDue) return Promise.resolve(this.#probe(outage))
    if (outage.waiting.size >= MAX_WAITING) return Promise.reject(describe(outage))
    const { promise, resolve, reject } = Promise.withResolvers<Pass>()
    const fail = () => leave(() => reject(describe(outage)))
    const waiter: Waiter = { go: (pass) => leave(() => resolve(pass)), fail }
    const leave = (end: () => void) => {
      outage.waiting.delete(waiter)
      signal.removeEventListener('abort', fail)
      end()
    }
    outage.waiting.add(waiter)
    signal.addEventListener('abort', fail, { once: true })
    return promise
  }

  #pass(isProbe: boolean): Pass {
    return {
      isProbe,
      succeeded: () => this.#recover(),
      failed: (failure) => this.#fail(failure, isProbe),
      left: (silence) => {
        const error = this.#outage?.failure ?? silence
        if (silence !== undefined && error !== undefined)
          this.#fail({ error, retry: true }, isProbe)
        else if (isProbe && this.#outage !== undefined) this.#endProbe(this.#outage, 0)
      },
    }
  }

  #recover(): void {
    const outage = this.#outage
    this.#outage = undefined
    outage?.cancelTimer()
    for (const { go } of outage?.waiting ?? []) go(this.#pass(false))
  }

  #fail({ error, retry, retryAfterMs = 0 }: Failure, isProbe: boolean): void {
    const before = this.#outage
    const outage = before ?? {
      failure: error,
      attempts: 0,
      pauseMs: FIRST_PAUSE_MS,
      isDue: false,
      cancelTimer: () => {},
      waiting: new Set(),
    }
    this.#outage = outage
    outage.failure = error
    outage.attempts++
    if (!retry) for (const { fail } of outage.waiting) fail()
    // Requests that were under way when the outage began say nothing of how long it lasts.
    if (before !== undefined && !isProbe) return
    const pauseMs = outage.pauseMs * (0.5 + this.#clock.random() / 2)
    outage.pauseMs = Math.min(outage.pauseMs * 2, LAST_PAUSE_MS)
    this.#endProbe(outage, Math.max(pauseMs, retryAfterMs))
  }

  #endProbe(outage: Outage, pauseMs: number): void {
    outage.isDue = false
    outage.cancelTimer()
    outage.cancelTimer = this.#clock.after(pauseMs, () => {
      outage.isDue = true
      const [first] = outage.waiting
      if (first !== undefined) first.go(this.#probe(outage))
    })
  }

  #probe(outage: Outage): Pass {
    outage.isDue = false
    return this.#pass(true)
  }
}

function describe({ failure: { code, message }, attempts }: Outage): TrustError {
  return new TrustError(code, attempts === 1 ? message : `${message} (${attempts} attempts)`)
}
