import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Facts, planStep, type Step } from '../../../src/cluster/certificates/plan.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

interface Authority {
  readonly id: number
  readonly notBefore: number
  readonly notAfter: number
}
interface Leaf extends Authority {
  readonly authority: number
}
/** The Secret, with its version. */
interface Shared {
  readonly version: number
  readonly authority: Authority
  readonly leaf: Leaf
  readonly next?: Authority
  readonly previous: readonly { readonly id: number; readonly until: number }[]
}
interface Replica {
  /** As it read the Secret last; it may be cut off for long. */
  seen: Shared
  serving: Leaf
}

type Action =
  | { readonly kind: 'wait'; readonly hours: number }
  | { readonly kind: 'read' | 'step' | 'register' | 'serve'; readonly replica: number }
  | { readonly kind: 'renew'; readonly what: 'leaf' | 'authority' }

const replica = fc.nat(2)
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 24 * 20 }) }),
  ...(['read', 'step', 'register', 'serve'] as const).map((kind) =>
    fc.record({ kind: fc.constant(kind), replica }),
  ),
  fc.record({ kind: fc.constant('renew' as const), what: fc.constantFrom('leaf', 'authority') }),
)

/** A cluster of three replicas that share a Secret and a webhook, and do what the plan says. */
class Cluster {
  now = 0
  #ids = 0
  secret: Shared
  /** The authorities that the webhook's bundle holds. */
  bundle: ReadonlySet<number>
  renew: 'leaf' | 'authority' | undefined
  readonly replicas: readonly Replica[]

  constructor() {
    const authority = this.#issue(365)
    const leaf = this.#issueLeaf(authority)
    this.secret = { version: 1, authority, leaf, previous: [] }
    this.bundle = new Set([authority.id])
    this.replicas = [0, 1, 2].map(() => ({ seen: this.secret, serving: leaf }))
  }

  run(each: Action): void {
    if (each.kind === 'wait') this.now += each.hours * HOUR
    else if (each.kind === 'renew') this.renew = each.what
    else this.#act(each.kind, this.replicas[each.replica])
  }

  #act(kind: 'read' | 'step' | 'register' | 'serve', self: Replica | undefined): void {
    if (self === undefined) return
    if (kind === 'read') self.seen = this.secret
    if (kind === 'step') this.#step(self)
    // Who knows an older Secret than somebody registered has come to want it earlier, and yields.
    if (kind === 'register' && self.seen.version === this.secret.version) {
      const { authority, next, previous } = self.seen
      this.bundle = new Set([authority, ...(next ? [next] : []), ...previous].map(({ id }) => id))
    }
    const isTrusted = this.bundle.has(self.seen.authority.id)
    if (kind === 'serve' && isTrusted) self.serving = self.seen.leaf
  }

  #step(self: Replica): void {
    const { seen } = self
    const step = planStep(this.#factsOf(seen), new Date(this.now), 0.5)
    const next = this.#apply(seen, step)
    // Written from another version than the newest, it is refused.
    if (next === seen || seen.version !== this.secret.version) return
    this.secret = { ...next, version: seen.version + 1 }
    this.renew = undefined
    self.seen = this.secret
  }

  #apply(seen: Shared, step: Step): Shared {
    switch (step) {
      case 'nothing':
        return seen
      case 'renew leaf':
        return { ...seen, leaf: this.#issueLeaf(seen.authority) }
      case 'announce':
        return { ...seen, next: this.#issue(365) }
      case 'promote': {
        const { next, authority, leaf, previous } = seen
        if (next === undefined) return seen
        const retired = { id: authority.id, until: leaf.notAfter }
        return {
          version: seen.version,
          authority: next,
          leaf: this.#issueLeaf(next),
          previous: [...previous, retired],
        }
      }
      case 'retire':
        return { ...seen, previous: seen.previous.filter(({ until }) => until > this.now) }
    }
  }

  #factsOf({ authority, leaf, next, previous }: Shared): Facts {
    const toValidity = ({ notBefore, notAfter }: Authority) => ({
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
    })
    return {
      authority: toValidity(authority),
      leaf: toValidity(leaf),
      fitsNames: true,
      ...(next && { next: { isTrusted: this.bundle.has(next.id) } }),
      previous: previous.map(({ until }) => new Date(until)),
      ...(this.renew && { renew: this.renew }),
    }
  }

  #issue(days: number): Authority {
    return { id: ++this.#ids, notBefore: this.now, notAfter: this.now + days * DAY }
  }

  #issueLeaf(authority: Authority): Leaf {
    const { id, notBefore, notAfter } = this.#issue(90)
    const until = Math.min(notAfter, authority.notAfter)
    return { id, notBefore, notAfter: until, authority: authority.id }
  }
}

test('whatever happens in whatever order, nobody serves what is valid and not trusted', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const cluster = new Cluster()
      for (const each of actions) {
        cluster.run(each)
        for (const { serving } of cluster.replicas) {
          const isValid = cluster.now < serving.notAfter
          if (isValid) expect(cluster.bundle.has(serving.authority)).toBe(true)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('replicas that go on looking never serve what has expired, for ten years', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 24 * 5 }), { minLength: 5, maxLength: 20 }),
      (waits) => {
        const cluster = new Cluster()
        const kinds = ['read', 'step', 'register', 'read', 'serve'] as const
        for (let round = 0; cluster.now < 3650 * DAY; round++) {
          cluster.run({ kind: 'wait', hours: waits[round % waits.length] ?? 1 })
          for (const kind of kinds) {
            for (const index of [0, 1, 2]) cluster.run({ kind, replica: index })
          }
          for (const { serving } of cluster.replicas) {
            expect(serving.notAfter).toBeGreaterThan(cluster.now)
          }
        }
      },
    ),
    { numRuns: 10 },
  )
})
