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
  lifetimeMs,
} from './kept-verdict.ts'
import { KeptVerdicts } from './kept-verdicts.ts'
import type { Proof } from './proof.ts'
import type { SharedVerdicts, VerdictId } from './shared-verdicts.ts'
import { withinDeadline } from './within-deadline.ts'
import { withinPatience } from './within-patience.ts'

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
  /** What the configuration is told apart by from all others. */
  readonly configuration: string
  /** Verdicts of other replicas; none without it. */
  readonly shared?: SharedVerdicts
  readonly observer?: CacheObserver
}

/** What is asked of whom. */
interface Question {
  /** Within the configuration. */
  readonly key: string
  readonly id: VerdictId
  readonly validator: Validator
  readonly reference: Reference
}

/**
 * Asks validators, once for all requests that want the same at the same time, and uses definite
 * verdicts again while they are fresh. It lives as long as its configuration: no verdict outlives
 * the policy that it was given under.
 */
export class VerdictCache {
  readonly #options: VerdictCacheOptions
  readonly #kept = new KeptVerdicts()
  readonly #flights = new Coalescer<Proof | undefined>()

  constructor(options: VerdictCacheOptions) {
    this.#options = options
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
    const image = renderReference(reference)
    const basis = validator.basis?.()
    const suffix = basis === undefined ? '' : ` ${basis}`
    // A reference holds no blank, and no two rules of a policy have the same pattern.
    const key = `${rule.pattern.written} ${image}${suffix}`
    const kept = this.#findFresh(key, context)
    this.#options.observer?.looked('memory', kept === undefined ? 'miss' : 'hit')
    if (kept !== undefined) return toHit(kept)
    const configuration = `${this.#options.configuration}${suffix}`
    const id = { configuration, rule: rule.pattern.written, validator: validator.name, image }
    return this.#ask({ key, id, validator, reference }, context)
  }

  async #ask(question: Question, context: ValidationContext): Promise<Proof | undefined> {
    const { key, validator, reference } = question
    const { observer } = this.#options
    const lastFailure = () => validator.lastFailure?.(reference)
    if (this.#flights.isUnderWay(key)) observer?.joined()
    const work = (signal: AbortSignal) => this.#answer(question, context, signal)
    const join = (signal: AbortSignal) => this.#flights.join(key, work, signal)
    try {
      return await (this.#findStandIn(key, context) === undefined
        ? withinDeadline(join(context.signal), context.signal)
        : withinPatience(join, context.signal, lastFailure))
    } catch (error) {
      const failure = toFailure(error, context, lastFailure)
      if (!isOutage(failure)) throw failure
      const standIn = this.#findStandIn(key, context)
      if (standIn === undefined) throw failure
      observer?.looked('memory', 'stale')
      return toStale(standIn, failure)
    }
  }

  /** One answer for all who wait for it; the time is that of the first of them. */
  async #answer(
    question: Question,
    { now }: ValidationContext,
    signal: AbortSignal,
  ): Promise<Proof | undefined> {
    const { key, id } = question
    // Those who asked while the last one ran may have their answer already.
    const kept = this.#findFresh(key, { now }) ?? (await this.#findShared(key, id, now))
    if (kept !== undefined) return toHit(kept)
    const verdict = await verify(question, now, signal)
    if (verdict === undefined) return undefined
    // Denials also where they do not count again: they end the trust that could stand in later.
    this.#kept.keep(key, verdict)
    const { shared, settings } = this.#options
    if (lifetimeMs(settings) > 0) shared?.save(id, verdict, lifetimeMs(settings))
    return toProof(verdict)
  }

  async #findShared(key: string, id: VerdictId, now: Date): Promise<KeptVerdict | undefined> {
    const found = await this.#options.shared?.load(id)
    if (found === undefined) return undefined
    this.#kept.keep(key, found)
    return this.#findFresh(key, { now })
  }

  #findFresh(key: string, { now }: Pick<ValidationContext, 'now'>): KeptVerdict | undefined {
    const kept = this.#kept.find(key)
    return kept !== undefined && isFresh(kept, now.getTime(), this.#options.settings)
      ? kept
      : undefined
  }

  #findStandIn(key: string, { now }: ValidationContext): KeptTrust | undefined {
    const kept = this.#kept.find(key)
    return kept !== undefined && isStandIn(kept, now.getTime(), this.#options.settings)
      ? kept
      : undefined
  }
}

/** Asks the validator. Nothing: approved as it is written. Rejects with what is no definite verdict. */
async function verify(
  { validator, reference }: Question,
  now: Date,
  signal: AbortSignal,
): Promise<KeptVerdict | undefined> {
  let checkedAt = now.getTime()
  let expiresAt: number | undefined
  const noteExpiry = (expires: Date) => {
    expiresAt = Math.min(expiresAt ?? Number.POSITIVE_INFINITY, expires.getTime())
  }
  // What a validator remembers does not begin to count anew, or it would count twice as long.
  const noteKnownSince = (since: Date) => {
    checkedAt = Math.min(checkedAt, since.getTime())
  }
  try {
    const context = { now, signal, noteExpiry, noteKnownSince }
    const digest = await validator.validate(reference, context)
    if (digest === undefined) return undefined
    const expiry = expiresAt === undefined ? {} : { expiresAt }
    return { trusted: true, digest, checkedAt, ...expiry }
  } catch (error) {
    if (!(error instanceof TrustError) || actorOf(error.code) !== 'publisher') throw error
    return { trusted: false, code: error.code, reason: error.message, checkedAt }
  }
}

function toProof(kept: KeptVerdict): Proof {
  if (kept.trusted) return { trusted: true, digest: kept.digest }
  return { trusted: false, code: kept.code, reason: kept.reason }
}

function toHit(kept: KeptVerdict): Proof {
  return { ...toProof(kept), skipped: 'cache hit' }
}

function toStale({ digest, checkedAt }: KeptTrust, { code, message }: TrustError): Proof {
  const stale = { verifiedAt: new Date(checkedAt), code, reason: message }
  return { trusted: true, digest, skipped: 'cache hit', stale }
}

/** Who leaves a verification that others wait for still hears nothing of why it takes so long. */
function toFailure(
  error: unknown,
  { signal }: ValidationContext,
  lastFailure: () => TrustError | undefined,
): unknown {
  if (error instanceof TrustError || !signal.aborted) return error
  const message = 'the deadline of the request passed'
  return lastFailure() ?? new TrustError('UNAVAILABLE_TIMEOUT', message, { cause: error })
}

/**
 * Where too many ask at once the server need not be unavailable: else whoever can make Pods could
 * keep a signature alive that was withdrawn.
 */
function isOutage(failure: unknown): failure is TrustError {
  if (!(failure instanceof TrustError)) return false
  return actorOf(failure.code) === 'network' && failure.code !== 'UNAVAILABLE_OVERLOADED'
}
