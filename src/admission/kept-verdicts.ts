import type { KeptVerdict } from './kept-verdict.ts'

/** More images than a cluster runs; each takes less than a kilobyte. Those kept for longest go. */
const MAX_TRUSTED = 10_000

/** Whoever may create Pods chooses how many images are denied. */
const MAX_DENIED = 2000

/** The longest reason that is kept, in characters: it may quote what a server chose. */
const MAX_REASON_CHARACTERS = 2000

/**
 * The verdicts that this process remembers, bounded. Trusted and denied ones do not push each other
 * out: a flood of names that nobody signed must not make the cache forget what runs.
 */
export class KeptVerdicts {
  readonly #trusted = new Map<string, KeptVerdict>()
  readonly #denied = new Map<string, KeptVerdict>()

  find(key: string): KeptVerdict | undefined {
    return this.#trusted.get(key) ?? this.#denied.get(key)
  }

  /** Keeps a verdict in place of the one before, unless that was asked for later. */
  keep(key: string, verdict: KeptVerdict): void {
    const before = this.find(key)
    if (before !== undefined && before.checkedAt > verdict.checkedAt) return
    this.#trusted.delete(key)
    this.#denied.delete(key)
    if (verdict.trusted) put(this.#trusted, key, verdict, MAX_TRUSTED)
    else if (verdict.reason.length <= MAX_REASON_CHARACTERS)
      put(this.#denied, key, verdict, MAX_DENIED)
  }
}

function put(
  verdicts: Map<string, KeptVerdict>,
  key: string,
  verdict: KeptVerdict,
  max: number,
): void {
  verdicts.set(key, verdict)
  const [oldest] = verdicts.keys()
  if (verdicts.size > max && oldest !== undefined) verdicts.delete(oldest)
}
