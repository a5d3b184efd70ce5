import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { type Digest, isDigest } from '../../image/digest.ts'
import type { TrustErrorCode } from '../../trust/errors.ts'
import type { EntryKind, RedisEntries } from './entries.ts'

/** A verdict has less than 3 KB; a reply that takes longer than this is slower than asking anew. */
const VERDICTS: EntryKind = { name: 'verdict', maxBytes: 8192, timeoutMs: 50 }

const closed = { additionalProperties: false }

const Moment = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const Entry = Type.Union([
  Type.Object(
    {
      trusted: Type.Literal(true),
      digest: Type.Unsafe<Digest>(Type.String()),
      checkedAt: Moment,
      expiresAt: Type.Optional(Moment),
    },
    closed,
  ),
  Type.Object(
    {
      trusted: Type.Literal(false),
      code: Type.Unsafe<TrustErrorCode>(Type.String({ pattern: '^UNTRUSTED_[A-Z_]+$' })),
      reason: Type.String(),
      checkedAt: Moment,
    },
    closed,
  ),
])

/** A definite verdict, as the port of the cache has it. */
export type StoredVerdict = Static<typeof Entry>

/** What a verdict is about; a change of any part makes it another one. */
export interface StoredVerdictId {
  readonly configuration: string
  readonly rule: string
  readonly validator: string
  readonly image: string
}

/** Hears what a look into Redis gave. */
export type RedisObserver = (result: 'hit' | 'miss' | 'error') => void

/** Verdicts in Redis, for all replicas that have the same configuration and version. */
export class RedisVerdicts {
  readonly #entries: RedisEntries
  readonly #version: string
  readonly #observe: RedisObserver

  /** Another version of the program may judge otherwise, so it has verdicts of its own. */
  constructor(entries: RedisEntries, version: string, observe: RedisObserver = () => {}) {
    this.#entries = entries
    this.#version = version
    this.#observe = observe
  }

  /** Loads a verdict that a replica saved; nothing where there is none that can be used. Never rejects. */
  async load(id: StoredVerdictId): Promise<StoredVerdict | undefined> {
    const found = await this.#entries.load(VERDICTS, this.#idOf(id))
    const verdict = typeof found === 'string' ? undefined : parse(found.text)
    if (verdict !== undefined) this.#observe('hit')
    else this.#observe(found === 'none' ? 'miss' : 'error')
    return verdict
  }

  /** Saves a verdict for so many milliseconds. Nobody waits for it. */
  save(id: StoredVerdictId, verdict: StoredVerdict, lifetimeMs: number): void {
    void this.#entries.save(VERDICTS, this.#idOf(id), JSON.stringify(verdict), lifetimeMs)
  }

  #idOf({ configuration, rule, validator, image }: StoredVerdictId): readonly string[] {
    return [this.#version, configuration, rule, validator, image]
  }
}

function parse(text: string): StoredVerdict | undefined {
  const json: unknown = JSON.parse(text)
  if (!Value.Check(Entry, json)) return undefined
  return json.trusted && !isDigest(json.digest) ? undefined : json
}
