import { type Reference, renderReference } from '../image/reference.ts'
import { actorOf, TrustError } from '../trust/errors.ts'
import { Coalescer } from '../validators/coalescer.ts'
import type { ValidationContext, Validator } from '../validators/validator.ts'
import type { BoundRule } from './bound-rule.ts'
import {
  type CacheSettings,
  isFresh,
  isStandIn,
  type KeptTrust,
  type KeptVerdict,
} from './kept-verdict.ts'
import { KeptVerdicts } from './kept-verdicts.ts'
import type { Proof } from './proof.ts'
import { withinDeadline } from './within-deadline.ts'

/**
 * How long a server is waited for when there is a verdict to stand in, in milliseconds: what one
 * attempt may take, and less where the server is known to be broken.
 */
const PATIENCE_MS = 3000
const BROKEN_PATIENCE_MS = 250

/** How long a verification goes on that nobody waits for, in milliseconds. */
const BACKGROUND_MS = 10_000

/** What a look into a cache gave; `stale` is an old verdict that stands in. */
export type CacheResult = 'hit' | 'miss' | 'stale'

/** Hears what the cache does, for metrics. */
export interface CacheObserver {
  looked(backend: 'memory', result: CacheResult): void
  /** A request waits for a verification that another one began. */
  joined(): void
}

/** What a cache is made of. */
export interface VerdictCacheOptions {
  readonly settings: CacheSettings
  readonly observer?: CacheObserver
}

/**
 * Asks validators, once for all requests that want the same at the same time, and uses definite
 * verdicts again while they are fresh. It lives as long as its configuration: no verdict outlives
 * the policy that it was given under.
 */
export class VerdictCache {
  readonly #settings: CacheSettings
  readonly #observer: CacheObserver | undefined
  readonly #kept = new KeptVerdicts()
  readonly #flights = new Coalescer<Proof | undefined>()

  constructor({ settings, observer }: VerdictCacheOptions) {
    this.#settings = settings
    this.#observer = observer
  }

  /**
   * Resolves to a proof, or a definite denial; to nothing where the validator approves the image as it
   * is written. Rejects with what else the validator rejects with, and with `UNAVAILABLE_TIMEOUT`.
   */
  prove(
    rule: BoundRule,
    validator: Validator,
    reference: Reference,
    context: ValidationContext,
  ): Proof | Promise<Proof | undefined> {
    const key = keyOf(rule, reference)
    const kept = this.#findFresh(key, context)
    this.#observer?.looked('memory', kept === undefined ? 'miss' : 'hit')
    return kept === undefined ? this.#ask(key, validator, reference, context) : toHit(kept)
  }

  async #ask(
    key: string,
    validator: Validator,
    reference: Reference,
    context: ValidationContext,
  ): Promise<Proof | undefined> {
    if (this.#flights.isUnderWay(key)) this.#observer?.joined()
    const work = (signal: AbortSignal) => this.#verify(key, validator, reference, context, signal)
    const join = (signal: AbortSignal) => this.#flights.join(key, work, signal)
    try {
      return await (this.#findStandIn(key, context) === undefined
        ? withinDeadline(join(context.signal), context.signal)
        : withinPatience(join, context.signal, validator))
    } catch (error) {
      const failure = toFailure(error, context, validator)
      if (!isOutage(failure)) throw failure
      const standIn = this.#findStandIn(key, context)
      if (standIn === undefined) throw failure
      this.#observer?.looked('memory', 'stale')
      return toStale(standIn, failure)
    }
  }

  /** One verification for all who wait for it; `context` is of the first of them. */
  async #verify(
    key: string,
    validator: Validator,
    reference: Reference,
    { now }: ValidationContext,
    signal: AbortSignal,
  ): Promise<Proof | undefined> {
    // Those who asked while the last one ran may have their answer already.
    const kept = this.#findFresh(key, { now })
    if (kept !== undefined) return toHit(kept)
    const checkedAt = now.getTime()
    let expiresAt: number | undefined
    const noteExpiry = (expires: Date) => {
      expiresAt = Math.min(expiresAt ?? Number.POSITIVE_INFINITY, expires.getTime())
    }
    try {
      const digest = await validator.validate(reference, { now, signal, noteExpiry })
      if (digest === undefined) return undefined
      const expiry = expiresAt === undefined ? {} : { expiresAt }
      this.#kept.keep(key, { trusted: true, digest, checkedAt, ...expiry })
      return { trusted: true, digest }
    } catch (error) {
      if (!(error instanceof TrustError) || actorOf(error.code) !== 'publisher') throw error
      const { code, message: reason } = error
      // Also where denials do not count again: it ends the trust that could stand in later.
      this.#kept.keep(key, { trusted: false, code, reason, checkedAt })
      return { trusted: false, code, reason }
    }
  }

  #findFresh(key: string, { now }: Pick<ValidationContext, 'now'>): KeptVerdict | undefined {
    const kept = this.#kept.find(key)
    return kept !== undefined && isFresh(kept, now.getTime(), this.#settings) ? kept : undefined
  }

  #findStandIn(key: string, { now }: ValidationContext): KeptTrust | undefined {
    const kept = this.#kept.find(key)
    return kept !== undefined && isStandIn(kept, now.getTime(), this.#settings) ? kept : undefined
  }
}

/** A reference holds no blank, and no two rules of a policy have the same pattern. */
function keyOf({ pattern }: BoundRule, reference: Reference): string {
  return `${pattern.written} ${renderReference(reference)}`
}

function toHit(kept: KeptVerdict): Proof {
  if (kept.trusted) return { trusted: true, digest: kept.digest, skipped: 'cache hit' }
  return { trusted: false, code: kept.code, reason: kept.reason, skipped: 'cache hit' }
}

function toStale({ digest, checkedAt }: KeptTrust, { code, message }: TrustError): Proof {
  const stale = { verifiedAt: new Date(checkedAt), code, reason: message }
  return { trusted: true, digest, skipped: 'cache hit', stale }
}

/** Who leaves a verification that others wait for still hears nothing of why it takes so long. */
function toFailure(error: unknown, { signal }: ValidationContext, validator: Validator): unknown {
  if (error instanceof TrustError || !signal.aborted) return error
  const message = 'the deadline of the request passed'
  return (
    validator.lastFailure?.() ?? new TrustError('UNAVAILABLE_TIMEOUT', message, { cause: error })
  )
}

function isOutage(failure: unknown): failure is TrustError {
  if (!(failure instanceof TrustError)) return false
  return actorOf(failure.code) === 'network'
}

/**
 * Waits no longer than need be, because there is a verdict to stand in. The verification goes on
 * without us: a server that is slow would otherwise never be found to be back.
 */
async function withinPatience<Result>(
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
