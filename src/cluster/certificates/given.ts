import { type CertificateSource, SETTLE_MS, type TrustedBundle } from './source.ts'
import type { Pair } from './state.ts'

/**
 * How long an authority stays in the bundle after this replica has left it, in milliseconds: the
 * kubelets of other replicas may bring them the new files minutes later.
 */
const KEEP_MS = 15 * 60_000

/** A certificate that somebody gives us, and whom one has to trust for it. */
export interface GivenPair extends Pair {
  /** PEM. */
  readonly ca: string
}

/**
 * Certificates that somebody else renews. Where the next one is of another authority, that one is in
 * the bundle before this replica serves under it.
 */
export class GivenCertificates implements CertificateSource {
  readonly #now: () => Date
  #current: GivenPair
  #next: GivenPair | undefined
  /** Until when each authority of before stays. */
  readonly #previous = new Map<string, number>()

  constructor(first: GivenPair, now: () => Date = () => new Date()) {
    this.#current = first
    this.#now = now
  }

  get serving(): Pair {
    return this.#current
  }

  get bundle(): readonly string[] {
    const pairs = this.#next ? [this.#current, this.#next] : [this.#current]
    return [...pairs.map(({ ca }) => ca), ...this.#previous.keys()]
  }

  /** Takes note of what is given now; tells whether it is another than the last one. */
  offer(pair: GivenPair): boolean {
    const newest = this.#next ?? this.#current
    if (newest.cert === pair.cert && newest.key === pair.key && newest.ca === pair.ca) return false
    this.#next = pair
    return true
  }

  async round(trusted: TrustedBundle): Promise<void> {
    const nowMs = this.#now().getTime()
    for (const [ca, until] of this.#previous) if (until <= nowMs) this.#previous.delete(ca)
    const next = this.#next
    if (next === undefined) return
    const isSettled = (trusted.heldForMs(next.ca) ?? 0) >= SETTLE_MS
    if (!isSettled && !trusted.isAbsent && next.ca !== this.#current.ca) return
    if (next.ca !== this.#current.ca) this.#previous.set(this.#current.ca, nowMs + KEEP_MS)
    this.#current = next
    this.#next = undefined
  }
}
