import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../text/secret.ts'
import type { Report } from '../report.ts'
import type { RedisCommand, RedisReply } from './link.ts'

/** How often it is told that entries are not ours, in milliseconds. */
const TELL_EVERY_MS = 60_000

/** What entries of one kind are like. */
export interface EntryKind {
  /** Part of the key in Redis. */
  readonly name: string
  /** The longest entry, in bytes: who can write to Redis chooses how long entries are. */
  readonly maxBytes: number
  /** How long an entry is worth waiting for, in milliseconds. */
  readonly timeoutMs: number
  /** Whether a connection that is being made is worth that long too. */
  readonly waits?: boolean
}

/** What looking for an entry gave: its text, that there is none or none of ours, or no answer. */
export type Found = { readonly text: string } | 'none' | 'foreign' | 'failed'

/** What entries are kept with. */
export interface RedisEntriesOptions {
  readonly link: { send(command: RedisCommand): Promise<RedisReply> }
  /** Known to all replicas, and not to Redis. */
  readonly key: Secret
  readonly report: Report
  /** In milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * Entries in Redis that only holders of the key can have written: each is authenticated together with
 * what it is about and until when it counts, so that none can be forged, put in the place of another
 * one or used beyond its time. Not against one that is put back in its own place within its time.
 */
export class RedisEntries {
  readonly #options: Required<RedisEntriesOptions>
  readonly #nameKey: Buffer
  readonly #sealKey: Buffer
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(options: RedisEntriesOptions) {
    this.#options = { now: Date.now, ...options }
    // Names are keyed too: they are made of the configuration, which Redis has no business with.
    this.#nameKey = hmac(options.key.reveal(), 'connaisseur names').digest()
    this.#sealKey = hmac(options.key.reveal(), 'connaisseur entries').digest()
  }

  /** Loads what was saved last under this id. Never rejects. */
  async load(kind: EntryKind, id: readonly string[]): Promise<Found> {
    const name = this.#nameOf(kind, id)
    const reply = await this.#options.link.send({
      command: 'GETRANGE',
      args: [name, '0', String(kind.maxBytes - 1)],
      ...patienceOf(kind),
    })
    if (!reply.ok) return 'failed'
    if (reply.text === undefined || reply.text === '') return 'none'
    const text = this.#open(name, reply.text)
    if (text !== undefined) return { text }
    this.#tellForeign(kind, name)
    return 'foreign'
  }

  /** Saves a text for so many milliseconds; tells whether it was. Never rejects. */
  async save(
    kind: EntryKind,
    id: readonly string[],
    text: string,
    lifetimeMs: number,
  ): Promise<boolean> {
    const name = this.#nameOf(kind, id)
    const until = this.#options.now() + Math.ceil(lifetimeMs)
    const entry = `${this.#seal(name, String(until), text)}.${until}.${text}`
    if (Buffer.byteLength(entry) > kind.maxBytes) return false
    const { ok } = await this.#options.link.send({
      command: 'SET',
      args: [name, entry, 'PX', String(Math.ceil(lifetimeMs))],
      ...patienceOf(kind),
    })
    return ok
  }

  #nameOf({ name }: EntryKind, id: readonly string[]): string {
    const hash = hmac(this.#nameKey, JSON.stringify([name, ...id])).digest('hex')
    return `connaisseur:${name}:${hash}`
  }

  /** Over what is written, the time included: one entry has one text. */
  #seal(name: string, until: string, text: string): string {
    return hmac(this.#sealKey, `${name}\n${until}\n${text}`).digest('base64url')
  }

  #open(name: string, entry: string): string | undefined {
    const [, seal = '', until = '', text = ''] =
      /^([\w-]{43})\.(\d{1,15})\.([\s\S]*)$/.exec(entry) ?? []
    const expected = Buffer.from(this.#seal(name, until, text))
    const given = Buffer.from(seal)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    return Number(until) > this.#options.now() ? text : undefined
  }

  #tellForeign({ name: kind }: EntryKind, name: string): void {
    const now = this.#options.now()
    if (now - this.#toldAt < TELL_EVERY_MS) return
    this.#toldAt = now
    this.#options.report('an entry in redis is not ours, or too old, and does not count', {
      kind,
      name,
    })
  }
}

function patienceOf({ timeoutMs, waits = false }: EntryKind) {
  return { timeoutMs, waits }
}

function hmac(key: string | Buffer, text: string) {
  return createHmac('sha256', key).update(text)
}
