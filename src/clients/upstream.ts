import { TrustError } from '../trust/errors.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Failure, Gate, type Pass } from './gate.ts'
import { type HttpAnswer, type HttpRequest, sendHttp } from './http.ts'
import { parseRetryAfter } from './retry-after.ts'
import { Slots } from './slots.ts'
import {
  ignoreCalls,
  outcomeOf,
  type UpstreamObserver,
  type UpstreamState,
} from './upstream-call.ts'

/** What one attempt may take, in milliseconds, and besides for each byte: 100 KB a second. */
const ATTEMPT_MS = 3000
const ATTEMPT_MS_PER_BYTE = 0.01

/** A caller who left after so many milliseconds has seen that the server does not answer. */
const SILENCE_MS = 500

/**
 * One server: asks it again while it fails and the caller has time, goes easy on it while it is
 * broken, and never asks too much of it at a time. Nothing of an answer or a failure is kept.
 */
export class Upstream {
  readonly #ca: () => string | undefined
  readonly #clock: Clock
  readonly #gate: Gate
  readonly #slots: Slots
  readonly #observe: UpstreamObserver

  /**
   * `ca` tells the PEM of the certificates to trust at the moment; none: the system's. `observe`
   * hears of every attempt, and of those who wait.
   */
  constructor(
    ca: () => string | undefined,
    clock: Clock = systemClock,
    observe: UpstreamObserver = ignoreCalls,
  ) {
    this.#ca = ca
    this.#clock = clock
    this.#observe = observe
    this.#gate = new Gate(clock)
    this.#slots = new Slots(clock)
  }

  /** What the server failed with last, while it has not answered since. */
  lastFailure(): TrustError | undefined {
    return this.#gate.lastFailure()
  }

  /**
   * Sends a request until it is answered, except with 408, 429 or 5xx; it may arrive more than once.
   * Rejects with `UNAVAILABLE_*`: with what failed last when the signal aborts.
   */
  async send(request: Omit<HttpRequest, 'ca'>): Promise<HttpAnswer> {
    const { signal, url } = request
    if (signal.aborted) throw this.lastFailure() ?? tooLate(url, signal.reason)
    for (;;) {
      const pass = await this.#tell(url, 'waiting', () => this.#gate.enter(signal))
      const outcome = await this.#inTurn(request, pass)
      if (outcome === undefined) continue
      if (!('error' in outcome)) return outcome
      if (!outcome.retry || signal.aborted) throw this.lastFailure() ?? outcome.error
    }
  }

  /** Sends a request once, whatever is known of the server. */
  async sendOnce(request: Omit<HttpRequest, 'ca'>): Promise<HttpAnswer> {
    const outcome = await this.#send(request)
    if ('error' in outcome) throw outcome.error
    return outcome
  }

  /**
   * Makes an attempt when it has a turn; a probe needs none. Nothing: the server broke meanwhile, and
   * is to be left alone.
   */
  async #inTurn(
    request: Omit<HttpRequest, 'ca'>,
    pass: Pass,
  ): Promise<HttpAnswer | Failure | undefined> {
    if (pass.isProbe) return this.#attempt(request, pass)
    const end = await this.#enter(request)
    try {
      return this.lastFailure() === undefined ? await this.#attempt(request, pass) : undefined
    } finally {
      end()
    }
  }

  async #enter({ url, signal }: Omit<HttpRequest, 'ca'>): Promise<() => void> {
    try {
      return await this.#tell(url, 'waiting', () => this.#slots.enter(url.host, signal))
    } catch (error) {
      this.#observe.ended({ host: url.host, outcome: 'shed', durationMs: 0 })
      throw this.lastFailure() ?? error
    }
  }

  async #attempt(request: Omit<HttpRequest, 'ca'>, pass: Pass): Promise<HttpAnswer | Failure> {
    const start = this.#clock.now()
    let outcome: HttpAnswer | Failure
    try {
      outcome = await this.#send(request)
    } catch (error) {
      pass.left()
      throw error
    }
    if (!('error' in outcome) || outcome.error.code === 'UNAVAILABLE_BODY') pass.succeeded()
    else if (!request.signal.aborted) pass.failed(outcome)
    else pass.left(this.#clock.now() - start < SILENCE_MS ? undefined : outcome.error)
    return outcome
  }

  async #send(request: Omit<HttpRequest, 'ca'>): Promise<HttpAnswer | Failure> {
    const { url, signal } = request
    const start = this.#clock.now()
    let outcome: HttpAnswer | TrustError | undefined
    try {
      outcome = await this.#tell(url, 'active', () => this.#exchange(request))
      return outcome instanceof TrustError
        ? toFailure(outcome)
        : (findFailure(url, outcome) ?? outcome)
    } finally {
      const durationMs = this.#clock.now() - start
      this.#observe.ended({ host: url.host, outcome: outcomeOf(outcome, signal), durationMs })
    }
  }

  async #tell<Result>(
    { host }: URL,
    state: UpstreamState,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const end = this.#observe.began(host, state)
    try {
      return await work()
    } finally {
      end()
    }
  }

  async #exchange(request: Omit<HttpRequest, 'ca'>): Promise<HttpAnswer | TrustError> {
    const { url, maxBytes, signal } = request
    const limitMs = ATTEMPT_MS + maxBytes * ATTEMPT_MS_PER_BYTE
    const controller = new AbortController()
    const cancel = this.#clock.after(limitMs, () => controller.abort())
    try {
      const limited = AbortSignal.any([signal, controller.signal])
      return await sendHttp({ ...request, ca: this.#ca(), signal: limited })
    } catch (error) {
      if (!(error instanceof TrustError)) throw error
      const isTooSlow = error.code === 'UNAVAILABLE_TIMEOUT' && !signal.aborted
      return isTooSlow ? tooSlow(url, limitMs, error) : error
    } finally {
      cancel()
    }
  }
}

function toFailure(error: TrustError): Failure {
  const { code } = error
  return { error, retry: code === 'UNAVAILABLE_NETWORK' || code === 'UNAVAILABLE_TIMEOUT' }
}

/** A status that another attempt may change. */
function findFailure({ host }: URL, { status, headers }: HttpAnswer): Failure | undefined {
  if (status !== 408 && status !== 429 && status < 500) return undefined
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), Date.now())
  const wish =
    retryAfterMs === undefined ? '' : ` (Retry-After ${Math.ceil(retryAfterMs / 1000)} s)`
  const message = `${host} answers with HTTP ${status}${wish}`
  return { error: new TrustError('UNAVAILABLE_STATUS', message), retry: true, retryAfterMs }
}

function tooLate({ host }: URL, cause: unknown): TrustError {
  return new TrustError('UNAVAILABLE_TIMEOUT', `${host} did not answer in time`, { cause })
}

function tooSlow({ host }: URL, limitMs: number, cause: unknown): TrustError {
  const seconds = Math.round(limitMs / 1000)
  return new TrustError('UNAVAILABLE_TIMEOUT', `${host} did not answer within ${seconds} s`, {
    cause,
  })
}
