import { Type } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import type { KubeObject } from '../object.ts'
import { splitBundle } from './ca-bundle.ts'
import { type Claim, readClaim } from './claim.ts'

const WebhooksSchema = Type.Object({ webhooks: Type.Optional(Type.Array(Type.Unknown())) })
const HookSchema = Type.Object({
  name: Type.String(),
  clientConfig: Type.Object({ caBundle: Type.Optional(Type.String()) }),
})

/**
 * The registration as it was last seen, and for how long some of it has been so. An answer may be
 * anything that the API server stores, so nothing in it is taken for granted.
 */
export class ObservedWebhook {
  readonly #hook: string
  readonly #nowMs: () => number
  #object: KubeObject | undefined
  #isKnown = false
  #heldSince = new Map<string, number>()
  #claimSince: { readonly key: string; readonly ms: number } | undefined

  /** `hook` is the name of our webhook in the object; the clock never goes back. */
  constructor(hook: string, nowMs: () => number) {
    this.#hook = hook
    this.#nowMs = nowMs
  }

  /** Whether it has been seen, or seen to be missing. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  get isAbsent(): boolean {
    return this.#isKnown && this.#object === undefined
  }

  get object(): KubeObject | undefined {
    return this.#object
  }

  get claim(): Claim | undefined {
    return readClaim(this.#object?.metadata.annotations)
  }

  get claimedForMs(): number {
    return this.#claimSince === undefined ? 0 : this.#nowMs() - this.#claimSince.ms
  }

  /** The certificates that the API server trusts for our webhook. */
  get bundle(): ReadonlySet<string> {
    return new Set(this.#heldSince.keys())
  }

  /** For how long all certificates of a PEM text have been in the bundle without a break, in ms. */
  heldForMs(pem: string): number | undefined {
    const since = splitBundle(pem).map((each) => this.#heldSince.get(each) ?? Number.NaN)
    const heldForMs = this.#nowMs() - Math.max(...since)
    return since.length === 0 || Number.isNaN(heldForMs) ? undefined : heldForMs
  }

  /** All webhooks of the object, ours first. */
  get webhooks(): readonly unknown[] {
    const { webhooks = [] } = Check(WebhooksSchema, this.#object) ? this.#object : {}
    const isOurs = (each: unknown) => Check(HookSchema, each) && each.name === this.#hook
    const ours = webhooks.filter(isOurs)
    return [ours[0], ...ours.slice(1), ...webhooks.filter((each) => !isOurs(each))]
  }

  /** Takes note of what is there; undefined if nothing is. */
  see(object: KubeObject | undefined): void {
    const nowMs = this.#nowMs()
    this.#isKnown = true
    this.#object = object
    const before = this.#heldSince
    this.#heldSince = new Map(this.#readBundle().map((pem) => [pem, before.get(pem) ?? nowMs]))
    const { claim } = this
    const key = claim === undefined ? '' : `${claim.hash} ${claim.at.toISOString()}`
    if (this.#claimSince?.key !== key) this.#claimSince = { key, ms: nowMs }
  }

  #readBundle(): readonly string[] {
    const [hook] = this.webhooks
    if (!Check(HookSchema, hook)) return []
    return splitBundle(Buffer.from(hook.clientConfig.caBundle ?? '', 'base64').toString('latin1'))
  }
}
