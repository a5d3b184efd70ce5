import { hasExpired, joinBundle } from './ca-bundle.ts'
import { type Claim, timeAfter } from './claim.ts'
import type { ObservedWebhook } from './observed-webhook.ts'
import { hashWebhook, type Registration, renderWebhook, type Webhook } from './webhook.ts'

/**
 * How long the authorities of whoever registered before stay trusted, in milliseconds: longer than a
 * rolling upgrade takes to end the replicas that serve under them.
 */
const FOREIGN_MS = 15 * 60_000

/** Where what is wanted comes from. It may be another each time. */
export interface Wish {
  registration(): Registration
  /** The certificates that the API server has to trust so that it trusts us, PEM. */
  bundle(): readonly string[]
}

/**
 * How the webhook should be now, and since when. Authorities that somebody else has had registered
 * stay for a while after we have taken over: replicas of theirs are still answering.
 */
export class WantedWebhook {
  readonly #wish: Wish
  readonly #now: () => Date
  /** Those that were ours, and those that have stayed long enough: they do not come back. */
  readonly #known = new Set<string>()
  /** Until when each of the others stays. */
  readonly #foreign = new Map<string, number>()
  #webhook: Webhook | undefined
  #claim: Claim | undefined

  constructor(wish: Wish, now: () => Date) {
    this.#wish = wish
    this.#now = now
  }

  /** What is wanted, in the light of what is there: a new wish is later than what is there. */
  render(observed: ObservedWebhook): { readonly webhook: Webhook; readonly claim: Claim } {
    const now = this.#now()
    const own = joinBundle(this.#wish.bundle())
    for (const pem of own) this.#known.add(pem)
    for (const [pem, until] of this.#foreign) {
      if (until <= now.getTime() || hasExpired(pem, now)) this.#foreign.delete(pem)
    }
    const bundle = joinBundle([...own, ...this.#foreign.keys()])
    const webhook = renderWebhook(this.#wish.registration(), bundle)
    const hash = hashWebhook(webhook)
    if (this.#webhook === undefined || this.#claim?.hash !== hash) {
      this.#claim = { hash, at: timeAfter(observed.claim, now) }
      this.#webhook = webhook
    }
    return { webhook: this.#webhook, claim: this.#claim }
  }

  /** Lets the authorities stay that are there and are new to us; tells whether there are any. */
  adopt(observed: ObservedWebhook): boolean {
    const now = this.#now()
    const foreign = [...observed.bundle].filter(
      (pem) => !this.#known.has(pem) && !hasExpired(pem, now),
    )
    for (const pem of foreign) {
      this.#known.add(pem)
      this.#foreign.set(pem, now.getTime() + FOREIGN_MS)
    }
    return foreign.length > 0
  }
}
