import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Report } from '../report.ts'
import type { EntryKind, RedisEntries } from './entries.ts'

/**
 * The metadata of a repository with some ten thousand tags; larger ones are not kept here. It is
 * waited for, because a process asks once for each repository, and may do so as soon as it has begun.
 */
const REPOSITORIES: EntryKind = {
  name: 'trust',
  maxBytes: 16 * 1024 * 1024,
  timeoutMs: 500,
  waits: true,
}

/** A repository that nothing has been newly published in for so long is forgotten, in milliseconds. */
const LIFETIME_MS = 400 * 24 * 60 * 60 * 1000

const closed = { additionalProperties: false }

/** Bytes as base64. */
const Base64 = Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$' })

const Entry = Type.Object(
  {
    /** By the identity of the pinned key. */
    pins: Type.Record(
      Type.String(),
      Type.Object({ roots: Type.Array(Base64), roles: Type.Record(Type.String(), Base64) }, closed),
    ),
    /** In milliseconds since 1970. */
    forgottenAt: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  closed,
)
type Entry = Static<typeof Entry>

/** A repository of a Notary server, as the port of the memory has it. */
interface Repository {
  readonly server: string
  readonly gun: string
}

interface RepositoryId extends Repository {
  readonly pin: string
}

interface TrustData {
  readonly roots: readonly Uint8Array[]
  readonly roles: ReadonlyMap<string, Uint8Array>
}

/**
 * Keeps trust data in Redis, for a replica that is new to a repository. It holds bytes and proves
 * nothing; Redis may lose them at any time. Of two replicas that save at the same time the last wins.
 */
export class RedisTrustStore {
  readonly #entries: RedisEntries
  readonly #report: Report
  readonly #now: () => number
  /** The last job of each repository that has some. */
  readonly #jobs = new Map<string, Promise<unknown>>()
  /** Whether Redis gave no answer last: then nobody waits for a connection to it. */
  #isAway = false

  constructor(entries: RedisEntries, report: Report, now: () => number = Date.now) {
    this.#entries = entries
    this.#report = report
    this.#now = now
  }

  /**
   * Loads what was saved last; nothing where nothing usable is there, `away` where Redis does not
   * answer. Never rejects.
   */
  async load(id: RepositoryId): Promise<TrustData | 'away' | undefined> {
    const entry = await this.#read(id)
    if (entry === 'failed') return 'away'
    const kept = entry === 'none' ? undefined : own(entry.pins, id.pin)
    if (kept === undefined) return undefined
    const roles = Object.entries(kept.roles).map(([role, text]) => [role, decode(text)] as const)
    return { roots: kept.roots.map(decode), roles: new Map(roles) }
  }

  /** Replaces the roots and the roles that are given; the others stay. Never rejects. */
  save(id: RepositoryId, { roots, roles }: TrustData): Promise<void> {
    const news = {
      roots: roots.map(encode),
      roles: Object.fromEntries([...roles].map(([role, bytes]) => [role, encode(bytes)])),
    }
    return this.#inOrder(id, async () => {
      const before = await this.#read(id)
      // To write without knowing what is there would lose it.
      if (before === 'failed') return
      const entry: Entry = before === 'none' ? { pins: {} } : before
      const kept = { ...own(entry.pins, id.pin)?.roles, ...news.roles }
      const pins = { ...entry.pins, [id.pin]: { roots: news.roots, roles: kept } }
      await this.#write(id, { ...entry, pins })
    })
  }

  /** When the repository was forgotten last, in milliseconds since 1970. Never rejects. */
  async forgottenAt(server: string, gun: string): Promise<number | undefined> {
    const entry = await this.#read({ server, gun })
    const at = typeof entry === 'string' ? undefined : entry.forgottenAt
    // One that is yet to come would have every rollback until then taken for forgotten.
    return at === undefined || at > this.#now() ? undefined : at
  }

  /** Forgets a repository under all its pins, and when. Rejects with an `Error` where Redis fails. */
  forget(server: string, gun: string): Promise<boolean> {
    return this.#inOrder({ server, gun }, async () => {
      const entry = await this.#read({ server, gun })
      const isDone = await this.#write({ server, gun }, { pins: {}, forgottenAt: this.#now() })
      if (entry === 'failed' || !isDone) throw new Error(`${gun} cannot be forgotten in redis`)
      return entry !== 'none' && Object.keys(entry.pins).length > 0
    })
  }

  async #read(repository: Repository): Promise<Entry | 'none' | 'failed'> {
    const kind = { ...REPOSITORIES, waits: !this.#isAway }
    const found = await this.#entries.load(kind, idOf(repository))
    this.#isAway = found === 'failed'
    // What is not ours proves nothing, and is written over.
    if (typeof found === 'string') return found === 'foreign' ? 'none' : found
    const json: unknown = JSON.parse(found.text)
    return Value.Check(Entry, json) ? json : 'none'
  }

  async #write(repository: Repository, entry: Entry): Promise<boolean> {
    const text = JSON.stringify(entry)
    if (text.length < REPOSITORIES.maxBytes / 2) {
      return this.#entries.save(REPOSITORIES, idOf(repository), text, LIFETIME_MS)
    }
    const { server, gun } = repository
    const problem = `its ${text.length} bytes are too many`
    this.#report('trust data cannot be remembered in redis', { server, gun, problem })
    return false
  }

  /** Does the jobs of one repository one after another. */
  async #inOrder<Result>(repository: Repository, job: () => Promise<Result>): Promise<Result> {
    const key = JSON.stringify(idOf(repository))
    const before = this.#jobs.get(key)
    const result = before === undefined ? job() : before.then(job, job)
    this.#jobs.set(key, result)
    try {
      return await result
    } finally {
      if (this.#jobs.get(key) === result) this.#jobs.delete(key)
    }
  }
}

function idOf({ server, gun }: Repository): readonly string[] {
  return [server, gun]
}

/** Names of roles and pins are no names of what every object has. */
function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function decode(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
