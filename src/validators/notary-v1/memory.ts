import { sha256Of } from '../../trust/tuf/file.ts'
import type { RootAnchor } from '../../trust/tuf/root.ts'
import { addFindings, covers, type Findings } from './findings.ts'
import { isSameKnown, type Known, mergeKnown } from './known.ts'
import { MetadataCache } from './metadata-cache.ts'
import type { RepositoryId, StoredTrustData, TrustStore } from './store.ts'
import { proveStored } from './stored.ts'

/** More repositories than a cluster runs; each takes some 20 KB. */
const MAX_REPOSITORIES = 10_000

/** How long a verdict waits for the stores to be read, and then to be written, in milliseconds. */
const PATIENCE_MS = 1000

/** Where a memory keeps what has to outlive the process, and who hears what is wrong with that. */
export interface MemoryOptions {
  /** All are written; of what they hold the newest that is proven counts. Default none. */
  readonly stores?: readonly TrustStore[]
  readonly report?: Report
  /** Of more than these the ones unused for longest are forgotten. Default 10 000. */
  readonly maxRepositories?: number
}

type Report = (message: string, fields: Readonly<Record<string, unknown>>) => void

interface Entry {
  readonly known: Known
  /** When a whole look agreed with it last, or it was first known, in milliseconds since 1970. */
  readonly foundAt: number
  /** Stores that could not tell yet what they hold. */
  readonly unread: readonly TrustStore[]
  /** Whether a store that could be read at last may lack some of it. */
  readonly isUnsaved: boolean
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
  readonly #report: Report
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

  /**
   * Tells what is known of a repository under any of the pins. Stores that could not be read before
   * are asked again.
   */
  async recall(server: string, { gun, pins }: RootAnchor): Promise<Known | undefined> {
    const found = await Promise.all(
      pins.map(({ identity }) => this.#find({ server, gun, pin: identity }, { gun, pins })),
    )
    const known = found.flatMap((each) => each ?? [])
    return known.toSorted((a, b) => versionOf(b) - versionOf(a)).reduce(mergeKnown, undefined)
  }

  /** Remembers what was found out; tells whether any of it is news to the stores. */
  remember(server: string, findings: Findings): boolean {
    const { chain, isWhole } = findings
    const key = keyOf({ server, gun: chain.gun, pin: chain.pin.identity })
    const entry = this.#entries.get(key)
    const known = addFindings(entry?.known, findings)
    // `isBehind` tells of that.
    if (known === undefined) return true
    const foundAt = isWhole ? Date.now() : (entry?.foundAt ?? Date.now())
    this.#put(key, { known, foundAt, unread: entry?.unread ?? [], isUnsaved: false })
    return entry === undefined || entry.isUnsaved || !isSameKnown(entry.known, known)
  }

  /**
   * Asks the stores whether anybody else, such as another replica, knows something newer than the
   * look that found this; it is remembered, so that the next look is judged by it.
   */
  async isBehind(server: string, findings: Findings): Promise<boolean> {
    const { gun, pin } = findings.chain
    const id = { server, gun, pin: pin.identity }
    // What is damaged was told of when it was read first, and is about to be replaced.
    const read = this.#read(id, { gun, pins: [pin] }, this.#stores, () => {})
    await waitFor(read, PATIENCE_MS)
    const known = this.#entries.get(keyOf(id))?.known
    return known !== undefined && !covers(findings, known)
  }

  /** Stores what of it is the newest, and resolves then, or when it takes too long to wait for. */
  async save(server: string, { chain, verified }: Findings): Promise<void> {
    const id = { server, gun: chain.gun, pin: chain.pin.identity }
    const known = this.#entries.get(keyOf(id))?.known
    if (known === undefined) return
    const files = [...verified].map(([role, { metadata }]) => [role, metadata.raw] as const)
    const newest = files.filter(([role, raw]) => known.seen.get(role)?.sha256 === sha256Of(raw))
    const data = { roots: known.chain.roots.map(({ raw }) => raw), roles: new Map(newest) }
    await waitFor(Promise.all(this.#stores.map((store) => store.save(id, data))), PATIENCE_MS)
  }

  /**
   * Drops a repository if an operator had it forgotten since a look agreed with it last; tells whether
   * that was so. A later rollback is none that the operator meant.
   */
  async dropForgotten(server: string, gun: string): Promise<boolean> {
    const told = await Promise.all(this.#stores.map((store) => store.forgottenAt(server, gun)))
    const forgottenAt = Math.max(...told.map((time) => time ?? 0), 0)
    let dropped = false
    for (const [key, { foundAt }] of this.#entries) {
      if (!key.startsWith(prefixOf(server, gun)) || foundAt > forgottenAt) continue
      this.#entries.delete(key)
      dropped = true
    }
    return dropped
  }

  async #find(id: RepositoryId, anchor: RootAnchor): Promise<Known | undefined> {
    const key = keyOf(id)
    const entry = this.#entries.get(key)
    const unread = entry?.unread ?? (this.#unknown.has(key) ? [] : this.#stores)
    const pins = anchor.pins.filter(({ identity }) => identity === id.pin)
    if (unread.length > 0) await this.#read(id, { ...anchor, pins }, unread)
    return this.#entries.get(key)?.known
  }

  /** Adds what stores hold to what is known. Where their roots part, it is theirs that count. */
  async #read(
    id: RepositoryId,
    anchor: RootAnchor,
    stores: readonly TrustStore[],
    report = this.#report,
  ): Promise<void> {
    const key = keyOf(id)
    const begun = Date.now()
    const told = await Promise.all(stores.map((store) => store.load(id)))
    const record = told
      .map((data) => (typeof data === 'object' ? this.#prove(data, id, anchor, report) : undefined))
      .reduce(mergeKnown, undefined)
    const unread = stores.filter((_, index) => told[index] === 'away')
    // Somebody else may have found out more while this was loading.
    const entry = this.#entries.get(key)
    const known = mergeKnown(record, entry?.known)
    if (known === undefined) {
      this.#noteUnknown(key)
      return
    }
    const isRead = entry !== undefined && entry.unread.length > unread.length
    const isUnsaved = isRead || entry?.isUnsaved === true
    this.#put(key, { known, foundAt: entry?.foundAt ?? begun, unread, isUnsaved })
  }

  #prove(
    data: StoredTrustData,
    { server, gun }: RepositoryId,
    anchor: RootAnchor,
    report: Report,
  ): Known | undefined {
    const { known, problems } = proveStored(data, anchor, this.cache)
    for (const problem of problems) {
      report('remembered trust data is not usable', { server, gun, problem })
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
