/** From when to when a certificate holds. */
export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** What is known of the certificates before a step. */
export interface Facts {
  readonly authority: Validity
  readonly leaf: Validity
  /** Whether the leaf is for all names that it has to be for. */
  readonly fitsNames: boolean
  readonly next?: {
    /** Whether every API server has it in the bundle of the webhook, as far as can be told. */
    readonly isTrusted: boolean
  }
  /** When the last certificate of each retired authority has expired. */
  readonly previous: readonly Date[]
  /** What an operator has asked for, out of turn. */
  readonly renew?: Renewal
}

/** What can be renewed out of turn. */
export type Renewal = 'leaf' | 'authority'

/**
 * One step on the way to certificates that are as they should be. An authority changes in three,
 * with the bundle of the webhook in between: it is announced, issues only once it is trusted, and
 * the one before stays in the bundle until the last certificate that it issued has expired. So
 * whatever replica serves what, slow or cut off, its certificate is trusted for as long as it lives.
 */
export type Step =
  | 'nothing'
  /** Issue another server certificate under the same authority. */
  | 'renew leaf'
  /** Make the next authority, to be put into the bundle. */
  | 'announce'
  /** Issue under the next authority from now on. */
  | 'promote'
  /** Forget authorities all of whose certificates have expired. */
  | 'retire'

/** At which part of a lifetime a certificate is renewed, and how much later some replicas begin. */
const RENEW_AT = 2 / 3
const JITTER = 0.05

/** Authorities in the bundle at once, at most; each rotation out of turn adds one for 90 days. */
export const MAX_PREVIOUS = 8

/** Plans the next step. `jitter`, at least 0 and below 1, is each replica's own. */
export function planStep(facts: Facts, now: Date, jitter: number): Step {
  const { authority, leaf, fitsNames, next, previous, renew } = facts
  const isDue = (validity: Validity) => now.getTime() >= renewalOf(validity, jitter)
  // Nobody trusts one that has expired, so there is nothing to wait for, and nothing for it to issue.
  const hasExpired = authority.notAfter <= now
  if (next !== undefined && (next.isTrusted || hasExpired)) return 'promote'
  const wantsLeaf = !fitsNames || renew === 'leaf'
  const isLeafDue = isDue(leaf) && leaf.notAfter < authority.notAfter
  if (!hasExpired && (wantsLeaf || isLeafDue)) return 'renew leaf'
  if (previous.some((until) => until <= now)) return 'retire'
  const wantsAuthority = renew === 'authority' || isDue(authority)
  if (wantsAuthority && next === undefined && previous.length < MAX_PREVIOUS) return 'announce'
  return 'nothing'
}

function renewalOf({ notBefore, notAfter }: Validity, jitter: number): number {
  const lifetimeMs = notAfter.getTime() - notBefore.getTime()
  return notBefore.getTime() + lifetimeMs * (RENEW_AT + JITTER * jitter)
}
