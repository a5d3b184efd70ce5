import { readFileSync } from 'node:fs'
import { type Clock, systemClock } from '../clock.ts'
import type { Report } from '../report.ts'
import type { RedisSettings, RedisTls } from './settings.ts'

/** How long a connection may take, in milliseconds; nobody waits for it. */
const CONNECT_MS = 2000

/** Between two attempts to connect after a failure, in milliseconds: doubled from one to the other. */
const FIRST_PAUSE_MS = 250
const LAST_PAUSE_MS = 10_000

/** What a command gave: a text, nothing, or no answer that can be used. */
export type RedisReply =
  | { readonly ok: true; readonly text: string | undefined }
  | { readonly ok: false }

const FAILED: RedisReply = { ok: false }

/** One command, and how long its reply is worth waiting for. */
export interface RedisCommand {
  readonly command: string
  readonly args: readonly string[]
  /** In milliseconds. */
  readonly timeoutMs: number
  /** Whether a connection that is being made is worth that long too. */
  readonly waits?: boolean
}

/**
 * A connection to Redis that costs nobody time: a reply that does not come within its milliseconds
 * counts as none, and after a failure Redis is left alone for a while. Never rejects.
 */
export class RedisLink {
  readonly #settings: RedisSettings
  readonly #report: Report
  readonly #clock: Clock
  #client: Bun.RedisClient | undefined
  #connecting: Promise<unknown> | undefined
  #retryAt = 0
  #pauseMs = FIRST_PAUSE_MS
  #isBroken = false
  #isClosed = false

  constructor(settings: RedisSettings, report: Report, clock: Clock = systemClock) {
    this.#settings = settings
    this.#report = report
    this.#clock = clock
    this.#retryAt = clock.now()
    this.#connect()
  }

  /** Sends a command over the connection that is there; without one it fails at once. */
  async send({ command, args, timeoutMs, waits = false }: RedisCommand): Promise<RedisReply> {
    if (this.#client === undefined) this.#connect()
    const late = Promise.withResolvers<'late'>()
    // What has arrived while this process was busy is taken before it is called late.
    const cancel = this.#clock.after(timeoutMs, () => setImmediate(() => late.resolve('late')))
    if (waits) await Promise.race([this.#connecting, late.promise])
    const client = this.#client
    if (!client?.connected) {
      cancel()
      return FAILED
    }
    try {
      const reply: unknown = await Promise.race([client.send(command, [...args]), late.promise])
      if (reply === 'late') {
        this.#drop(client, `it did not answer within ${timeoutMs} ms`)
        return FAILED
      }
      this.#recover()
      return { ok: true, text: typeof reply === 'string' ? reply : undefined }
    } catch (error) {
      return this.#fail(client, error)
    } finally {
      cancel()
    }
  }

  /** Resolves once the connection that is being made stands, or failed; tells which. */
  async ready(): Promise<boolean> {
    await this.#connecting
    return this.#client?.connected === true
  }

  /** Closes the connection for good. */
  close(): void {
    this.#isClosed = true
    this.#client?.close()
    this.#client = undefined
  }

  #connect(): void {
    if (this.#isClosed || this.#clock.now() < this.#retryAt) return
    let client: Bun.RedisClient
    try {
      client = createClient(this.#settings)
    } catch (error) {
      this.#pause(describe(error))
      return
    }
    this.#client = client
    client.onclose = (error) => this.#drop(client, describe(error))
    this.#connecting = client.connect().catch((error) => this.#drop(client, describe(error)))
  }

  /** A refusal, such as of a full Redis, says nothing against the connection. */
  #fail(client: Bun.RedisClient, error: unknown): RedisReply {
    const isRefusal =
      error instanceof Error && 'code' in error && error.code === 'ERR_REDIS_SERVER_ERROR'
    if (isRefusal) this.#tell(describe(error))
    else this.#drop(client, describe(error))
    return FAILED
  }

  #recover(): void {
    this.#pauseMs = FIRST_PAUSE_MS
    if (!this.#isBroken) return
    this.#isBroken = false
    this.#report('redis is used again', { host: this.#settings.host })
  }

  #drop(client: Bun.RedisClient, problem: string): void {
    if (this.#client !== client) return
    this.#client = undefined
    client.close()
    this.#pause(problem)
  }

  #pause(problem: string): void {
    const pauseMs = this.#pauseMs * (0.5 + this.#clock.random() / 2)
    this.#retryAt = this.#clock.now() + pauseMs
    this.#pauseMs = Math.min(this.#pauseMs * 2, LAST_PAUSE_MS)
    this.#tell(problem)
  }

  #tell(problem: string): void {
    if (this.#isBroken || this.#isClosed) return
    this.#isBroken = true
    const { host, port } = this.#settings
    this.#report('redis cannot be used, which costs only the cache', { host, port, problem })
  }
}

function createClient(settings: RedisSettings): Bun.RedisClient {
  const { host, port, username, password, tls } = settings
  const user = encodeURIComponent(username)
  const secret = encodeURIComponent(password?.reveal() ?? '')
  const account = secret === '' ? '' : `${user}:${secret}@`
  const name = host.includes(':') ? `[${host}]` : host
  const scheme = tls === undefined ? 'redis' : 'rediss'
  return new Bun.RedisClient(`${scheme}://${account}${name}:${port}`, {
    connectionTimeout: CONNECT_MS,
    // Ours, because its own would have commands wait for a server that is down.
    autoReconnect: false,
    enableOfflineQueue: false,
    ...(tls && { tls: readTlsFiles(tls) }),
  })
}

function readTlsFiles({ caFile, certFile, keyFile }: RedisTls) {
  return {
    // Said explicitly, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch it off.
    rejectUnauthorized: true,
    ...(caFile !== undefined && { ca: readFileSync(caFile, 'utf8') }),
    ...(certFile !== undefined && { cert: readFileSync(certFile, 'utf8') }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile, 'utf8') }),
  }
}

/** Bun tells no more of a failed connection than that it is closed, for whatever reason. */
function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_REDIS_CONNECTION_CLOSED') {
    return 'the connection was closed: it is down, or its certificate or our password is wrong'
  }
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown failure'
}
