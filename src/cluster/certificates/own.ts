import { issueAuthority, issueLeaf, LEAF_DAYS, type LeafNames } from './issue.ts'
import type { CertificateSource } from './source.ts'
import type { Pair } from './state.ts'

/** When a server certificate is renewed: at two thirds of its life, in milliseconds. */
const RENEW_AFTER_MS = (LEAF_DAYS * 24 * 60 * 60 * 1000 * 2) / 3

/** Certificates of one process alone, in its memory: gone with it. */
export class OwnCertificates implements CertificateSource {
  readonly #names: LeafNames
  readonly #authority: Pair
  readonly #now: () => Date
  #leaf: Pair
  #issuedAt: number

  private constructor(names: LeafNames, authority: Pair, leaf: Pair, now: () => Date) {
    this.#names = names
    this.#authority = authority
    this.#leaf = leaf
    this.#now = now
    this.#issuedAt = now().getTime()
  }

  static async issue(names: LeafNames, now: () => Date = () => new Date()) {
    const authority = await issueAuthority(now())
    const leaf = await issueLeaf(authority, names, now())
    return new OwnCertificates(names, authority, leaf, now)
  }

  get serving(): Pair {
    return this.#leaf
  }

  get bundle(): readonly string[] {
    return [this.#authority.cert]
  }

  async round(): Promise<void> {
    const now = this.#now()
    if (now.getTime() - this.#issuedAt < RENEW_AFTER_MS) return
    this.#leaf = await issueLeaf(this.#authority, this.#names, now)
    this.#issuedAt = now.getTime()
  }
}
