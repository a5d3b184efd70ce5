import type { Metadata } from '../../trust/tuf/metadata.ts'
import type { Seen } from '../../trust/tuf/rollback.ts'
import type { RootAnchor } from '../../trust/tuf/root.ts'
import type { RootChain } from '../../trust/tuf/root-chain.ts'
import type { Signers } from '../../trust/tuf/threshold.ts'
import { type Known, mergeKnown, seenOf } from './known.ts'
import { MetadataCache } from './metadata-cache.ts'
import type { RepositoryId, StoredTrustData, TrustStore } from './store.ts'
import { proveStored } from './stored.ts'

/** More repositories than a cluster runs; each takes some 20 KB. */
const MAX_REPOSITORIES = 10_000

/** How long a verdict waits for what it found out to be stored, in milliseconds. */
const SAVE_PATIENCE_MS = 1000

/** Where a memory keeps what has to outlive the process, and who hears what is wrong with that. */
export interface MemoryOptions {
  /** All are written; of what they hold the newest that is proven counts. Default none. */
  readonly stores?: readonly TrustStore[]
  readonly report?: (message: string, fields: Readonly<Record<string, unknown>>) => void
  /** Of more than these the ones unused for longest are forgotten. Default 10 000. */
  readonly maxRepositories?: number
}

/** What one look at a repository found out. */
export interface Findings {
  /** What the look began with. */
  readonly before: Known | undefined
  readonly chain: RootChain
  /** The roles whose metadata verified. */
  readonly verified: ReadonlyMap<string, { readonly metadata: Metadata; readonly signers: Signers }>
}

interface Entry {
  readonly known: Known
  /** When it was first known to this process, in milliseconds since 1970. */
  readonly since: number
}

/**
 * Remembers the roots and versions of repositories, by server, name and pinned key, so that nothing
 * older is taken for the newest. One object serves the whole process and outlives configurations.
 */
export class TrustMemory {
  readonly cache = new MetadataCache()
  readonly #entries = new Map<string, Entry>()
  /** Of which no store holds anything: apart, because anybody can ask for names that are nowhere. */
  readonly #unknown = new Set<string>()
  readonly #stores: readonly TrustStore[]
  readonly #report: NonNullable<MemoryOptions['report']>
  readonly #maxRepositories: number

  constructor({
    stores = [],
    report = () => {},
    maxRepositories = MAX_REPOSITORIES,
  }: MemoryOptions = {}) {
    this.#stores = stores
    this.#report = report
    this.#maxRepositories = maxRepositories
  }

  /** Tells what is known of a repository under one of the pins: the one with the newest root. */
  async recall(server: string, { gun, pins }: RootAnchor): Promise<Known | undefined> {
    const entries = await Promise.all(
      pins.map((pin) => this.#find({ server, gun, pin: pin.identity }, { gun, pins: [pin] })),
    )
    const known = entries.flatMap((entry) => (entry === undefined ? [] : [entry.known]))
    return known.toSorted((a, b) => versionOf(b) - versionOf(a))[0]
  }

  /**
   * Remembers what was found out, and resolves when it is stored, or when storing it takes too long
   * to wait for. Of two looks at the same time the newer findings stay.
   */
  async remember(server: string, { before, chain, verified }: Findings): Promise<void> {
    const id = { server, gun: chain.gun, pin: chain.pin.identity }
    const entry = this.#entries.get(keyOf(id))
    const now = entry?.known
    const seen = new Map(now?.seen)
    const news = new Map<string, Uint8Array>()
    for (const [role, { metadata, signers }] of verified) {
      // The chain holds the root.
      if (role === 'root') continue
      const found = seenOf(metadata, signers)
      const current = seen.get(role)
      if (current?.sha256 === found.sha256) continue
      if (current !== before?.seen.get(role) && isNewer(current, found)) continue
      seen.set(role, found)
      news.set(role, metadata.raw)
    }
    const hasNewer = now !== undefined && versionOf(now) >= chain.newest.signed.version
    const newest = hasNewer ? now.chain : chain
    const isNews = news.size > 0 || !hasNewer
    this.#put(keyOf(id), { known: { chain: newest, seen }, since: entry?.since ?? Date.now() })
    if (!isNews || this.#stores.length === 0) return
    const roots = newest.roots.map(({ raw }) => raw)
    const saved = this.#stores.map((store) => store.save(id, { roots, roles: news }))
    await waitFor(Promise.all(saved), SAVE_PATIENCE_MS)
  }

  /**
   * Drops a repository if an operator had it forgotten since it was first known here; tells whether
   * that was so.
   */
  async dropForgotten(server: string, gun: string): Promise<boolean> {
    const told = await Promise.all(this.#stores.map((store) => store.forgottenAt(server, gun)))
    const forgottenAt = Math.max(...told.map((time) => time ?? 0), 0)
    let dropped = false
    for (const [key, entry] of this.#entries) {
      if (!key.startsWith(prefixOf(server, gun)) || entry.since > forgottenAt) continue
      this.#entries.delete(key)
      dropped = true
    }
    return dropped
  }

  async #find(id: RepositoryId, anchor: RootAnchor): Promise<Entry | undefined> {
    const key = keyOf(id)
    if (!this.#entries.has(key) && !this.#unknown.has(key)) {
      const known = await this.#load(id, anchor)
      if (known === undefined) this.#noteUnknown(key)
      // Somebody else may have found out more while this was loading.
      else if (!this.#entries.has(key)) this.#put(key, { known, since: Date.now() })
    }
    return this.#entries.get(key)
  }

  async #load(id: RepositoryId, anchor: RootAnchor): Promise<Known | undefined> {
    const stored = await Promise.all(this.#stores.map((store) => store.load(id)))
    return stored.map((data) => data && this.#prove(data, id, anchor)).reduce(mergeKnown, undefined)
  }

  #prove(data: StoredTrustData, { server, gun }: RepositoryId, anchor: RootAnchor) {
    const { known, problems } = proveStored(data, anchor, this.cache)
    for (const problem of problems) {
      this.#report('remembered trust data is not usable', { server, gun, problem })
    }
    return known
  }

  #put(key: string, entry: Entry): void {
    this.#unknown.delete(key)
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    dropOldest(this.#entries, this.#maxRepositories)
  }

  #noteUnknown(key: string): void {
    this.#unknown.add(key)
    dropOldest(this.#unknown, this.#maxRepositories)
  }
}

function dropOldest(kept: Map<string, unknown> | Set<string>, max: number): void {
  const [oldest] = kept.keys()
  if (kept.size > max && oldest !== undefined) kept.delete(oldest)
}

async function waitFor(work: Promise<unknown>, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  await Promise.race([work, promise])
  clearTimeout(timer)
}

function isNewer(a: Seen | undefined, b: Seen): boolean {
  return a !== undefined && a.version > b.version
}

function versionOf({ chain }: Known): number {
  return chain.newest.signed.version
}

function keyOf({ server, gun, pin }: RepositoryId): string {
  return `${prefixOf(server, gun)}${pin}`
}

/** Neither a server's address nor a repository's name holds a blank. */
function prefixOf(server: string, gun: string): string {
  return `${server} ${gun} `
}
