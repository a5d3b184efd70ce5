import { repositoryName } from '../../image/reference.ts'
import { TrustError } from '../../trust/errors.ts'
import type { PublicKey } from '../../trust/key.ts'
import type { TargetsRole } from '../../trust/tuf/trusted.ts'
import { Coalescer } from '../coalescer.ts'
import type { ValidationContext, Validator } from '../validator.ts'
import { findSignedDigest } from './digest.ts'
import { certificateEnds, readExpiries } from './expiries.ts'
import { traceLook, traceTarget } from './explain.ts'
import type { Findings } from './findings.ts'
import type { TrustMemory } from './memory.ts'
import type { TrustObserver } from './observer.ts'
import { RepositoryFiles } from './repository-files.ts'
import type { NotarySource } from './source.ts'
import { Look, type Question } from './trust-data.ts'

/** What a rule asks of its validator. */
export interface NotaryV1Rule {
  /** The name of the validator. */
  readonly name: string
  /** The root keys of the trust roots that the rule names; one of them has to be the anchor. */
  readonly pins: readonly PublicKey[]
  /** Full names of the delegations that all have to sign; absent: those that Docker signs with. */
  readonly delegations?: readonly string[]
}

/** One Notary server, as all rules share it. */
export interface NotaryV1Server {
  /** As `NotaryV1Settings.host`: names the server in the memory and in explanations. */
  readonly host: string
  readonly source: NotarySource
  readonly memory: TrustMemory
  readonly observe?: TrustObserver
}

/** How one look at a repository ended; a failure is kept beside what had been verified by then. */
type Outcome = { readonly look: Look } & (
  | { readonly roles: readonly TargetsRole[] }
  | { readonly error: unknown }
)

/** Makes the validator for images signed with Docker Content Trust. */
export function createNotaryV1Validator(rule: NotaryV1Rule, server: NotaryV1Server): Validator {
  const looks = new Coalescer<Outcome>()
  return {
    name: rule.name,
    type: 'notaryv1',
    lastFailure: () => server.source.lastFailure?.(),
    async validate(image, context) {
      const gun = repositoryName(image)
      const question: Question = { ...rule, anchor: { gun, pins: rule.pins }, now: context.now }
      const work = (signal: AbortSignal) => lookAt(question, server, signal)
      const outcome = await waitFor(looks.join(gun, work, context.signal), server, context)
      if (context.trace !== undefined) traceLook(context.trace, server.host, outcome)
      if ('error' in outcome) throw outcome.error
      const roles = readExpiries(outcome.look.verified)
      for (const { expires } of roles) context.noteExpiry?.(expires)
      const ends = certificateEnds(outcome.look.verified, context.now)
      for (const end of ends) context.noteExpiry?.(end)
      server.observe?.({ validator: rule.name, gun, roles, now: context.now })
      return traceTarget(context.trace, image, () =>
        findSignedDigest(image, outcome.roles, rule.delegations !== undefined),
      )
    },
  }
}

/**
 * Looks at a repository, and once more if the stores knew something newer by then, or if an operator
 * had forgotten what the look was judged by.
 */
async function lookAt(
  question: Question,
  server: NotaryV1Server,
  signal: AbortSignal,
): Promise<Outcome> {
  const { host, memory } = server
  const first = await lookOnce(question, server, signal)
  const isBehind = first.news !== undefined && (await memory.isBehind(host, first.news))
  const again = isBehind || (await isForgotten(first.outcome, server))
  const last = again ? await lookOnce(question, server, signal) : first
  const news = last.news ?? first.news
  if (news !== undefined) await memory.save(host, news)
  return last.outcome
}

async function lookOnce(
  question: Question,
  { host, source, memory }: NotaryV1Server,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly news?: Findings }> {
  const before = await memory.recall(host, question.anchor)
  const files = new RepositoryFiles(question.anchor.gun, source, memory.cache, signal)
  const look = new Look(question, files, before)
  const outcome = await finish(look)
  const { chain, verified } = look
  if (chain === undefined) return { outcome }
  // Also after a failure: what did verify must not be rolled back either.
  const findings = { before, chain, verified, isWhole: 'roles' in outcome }
  return { outcome, ...(memory.remember(host, findings) && { news: findings }) }
}

async function isForgotten(outcome: Outcome, { host, memory }: NotaryV1Server): Promise<boolean> {
  if (!('error' in outcome) || outcome.look.known === undefined) return false
  const { error, look } = outcome
  const isDefinite = error instanceof TrustError && error.code.startsWith('UNTRUSTED_')
  return isDefinite && (await memory.dropForgotten(host, look.files.gun))
}

async function finish(look: Look): Promise<Outcome> {
  try {
    return { look, roles: await look.readRoles() }
  } catch (error) {
    return { look, error }
  }
}

/** Says what was waited for, when a caller's time is up and others still wait. */
async function waitFor(
  outcome: Promise<Outcome>,
  { host, source }: NotaryV1Server,
  { signal }: ValidationContext,
): Promise<Outcome> {
  try {
    return await outcome
  } catch (error) {
    if (!signal.aborted || error instanceof TrustError) throw error
    const { hostname, port } = new URL(host)
    const name = port === '' ? hostname : `${hostname}:${port}`
    throw (
      source.lastFailure?.() ??
      new TrustError('UNAVAILABLE_TIMEOUT', `${name} did not answer in time`, { cause: error })
    )
  }
}
