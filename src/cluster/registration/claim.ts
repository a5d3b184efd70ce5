/** Annotations of the registration: what it says, and since when somebody wants it so. */
export const HASH_ANNOTATION = 'securesystemsengineering.connaisseur/registration'
export const TIME_ANNOTATION = 'securesystemsengineering.connaisseur/registered-at'

/** How far ahead the clock of another replica may be, in milliseconds. */
const SKEW_MS = 60_000

/** How long somebody else's wish counts before ours does again, in milliseconds: it may be gone. */
const YIELD_MS = 5 * 60_000

/** Who wants the webhook to be how. */
export interface Claim {
  /** Of the webhook as it is wanted. */
  readonly hash: string
  /** When it was first wanted so. */
  readonly at: Date
}

/** What is there, as one look found it. */
export interface Registered {
  readonly claim: Claim | undefined
  /** Whether it is another than the one that we want. */
  readonly drifts: boolean
  /** For how long this claim has been there, in milliseconds, as we saw it. */
  readonly claimedForMs: number
}

/** What to do about it. */
export type Decision =
  /** It is as we want it. */
  | 'keep'
  /** Somebody wants it another way, and has wanted that later than we: leave it. */
  | 'yield'
  /** Write it: nobody else wants it another way, it was altered. */
  | 'put back'
  /** Write it: we want it another way than somebody else did before. */
  | 'take over'

/**
 * Decides whose webhook counts while replicas of different versions run: who came to want it later,
 * which is whoever has seen the newer settings. So a rolling upgrade changes it once, a rollback
 * changes it back, and nobody fights. Somebody who left does not count for long.
 */
export function decideClaim(registered: Registered | undefined, mine: Claim, now: Date): Decision {
  if (registered === undefined) return 'put back'
  const { claim, drifts, claimedForMs } = registered
  if (claim?.hash === mine.hash) return drifts ? 'put back' : 'keep'
  if (claim === undefined || claim.at.getTime() > now.getTime() + SKEW_MS) return 'take over'
  return isLater(claim, mine) && claimedForMs < YIELD_MS ? 'yield' : 'take over'
}

/** Two who came at the same time are told apart somehow, and by both in the same way. */
function isLater(claim: Claim, mine: Claim): boolean {
  const difference = claim.at.getTime() - mine.at.getTime()
  return difference === 0 ? claim.hash > mine.hash : difference > 0
}

/** The time of a new wish: now, and later than what is there, whose clock may be ahead of ours. */
export function timeAfter(claim: Claim | undefined, now: Date): Date {
  const after = (claim?.at.getTime() ?? 0) + 1
  return after > now.getTime() + SKEW_MS ? now : new Date(Math.max(now.getTime(), after))
}

/** Reads the claim from annotations; undefined where there is none that makes sense. */
export function readClaim(
  annotations: Readonly<Record<string, string>> | undefined,
): Claim | undefined {
  const hash = annotations?.[HASH_ANNOTATION]
  const at = new Date(annotations?.[TIME_ANNOTATION] ?? '')
  return hash === undefined || Number.isNaN(at.getTime()) ? undefined : { hash, at }
}

/** Renders the claim as annotations. */
export function renderClaim({ hash, at }: Claim): Readonly<Record<string, string>> {
  return { [HASH_ANNOTATION]: hash, [TIME_ANNOTATION]: at.toISOString() }
}
