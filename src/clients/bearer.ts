import { TrustError } from '../trust/errors.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Credentials, renderBasic } from './credentials.ts'
import { parseToken } from './token.ts'
import { readTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts'
import { Upstream } from './upstream.ts'
import type { UpstreamObserver } from './upstream-call.ts'

/** The longest answer of a token endpoint, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024

/** How long a token is waited for, whoever waits, in milliseconds: others will need it too. */
const PATIENCE_MS = 10_000

/** A token is renewed before it expires: by a tenth of its life, and this in milliseconds. */
const MIN_MARGIN_MS = 5000

/** Scopes whose tokens are kept; those unused for longest go. */
const MAX_TOKENS = 1000

/** What tokens are got with. */
export interface TokenOptions {
  /** The server that wants tokens. */
  readonly server: URL
  readonly ca: () => string | undefined
  /** Absent: tokens are asked for without a name. */
  readonly credentials?: (() => Credentials) | undefined
  readonly clock?: Clock
  /** Hears of every attempt, which counts as one of the server's: it chose the endpoint. */
  readonly observe?: UpstreamObserver | undefined
}

interface Held {
  readonly token: string
  readonly renewAt: number
}

/**
 * The tokens of one server, by scope, in the way of Docker registries. Credentials go to the token
 * endpoint alone; the server itself only ever gets tokens, and only for the scope that we ask for.
 */
export class BearerTokens {
  readonly #options: TokenOptions
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()
  readonly #asked = new Map<string, Promise<string>>()
  #endpoint: TokenEndpoint | undefined
  #upstream: { readonly host: string; readonly upstream: Upstream } | undefined

  constructor(options: TokenOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Gets the token for a scope, where the server is known to want one. */
  async find(scope: string, signal: AbortSignal): Promise<string | undefined> {
    const held = this.#held.get(scope)
    if (held !== undefined && this.#clock.now() < held.renewAt) return held.token
    const endpoint = this.#endpoint
    if (endpoint === undefined) return undefined
    try {
      return await this.#share(endpoint, scope, signal)
    } catch (error) {
      // The server may name another one by now.
      if (this.#endpoint === endpoint) this.#endpoint = undefined
      throw error
    }
  }

  /**
   * Gets a token for a scope after a 401: another one than was refused. Rejects with
   * `MISCONFIGURED_CREDENTIALS`, which names the host that refuses, or `UNAVAILABLE_*`.
   */
  async renew(
    scope: string,
    refused: string | undefined,
    challenge: string | null,
    signal: AbortSignal,
  ): Promise<string> {
    const held = this.#held.get(scope)
    if (held !== undefined && held.token !== refused) return held.token
    this.#held.delete(scope)
    this.#endpoint = this.#readEndpoint(challenge)
    return this.#share(this.#endpoint, scope, signal)
  }

  #readEndpoint(challenge: string | null): TokenEndpoint {
    const { server } = this.#options
    try {
      return readTokenEndpoint(server, challenge)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw refusal(`${server.host} asks for credentials ${error.message}`)
    }
  }

  /** Asks once for all who need the same token at the same time. */
  #share(endpoint: TokenEndpoint, scope: string, signal: AbortSignal): Promise<string> {
    const asked = this.#asked.get(scope) ?? this.#ask(endpoint, scope)
    this.#asked.set(scope, asked)
    const { promise, reject } = Promise.withResolvers<never>()
    const leave = () => {
      const { host } = endpoint.realm
      reject(
        this.#upstream?.upstream.lastFailure() ??
          new TrustError('UNAVAILABLE_TIMEOUT', `${host} did not answer in time`),
      )
    }
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    asked.catch(() => {})
    return Promise.race([asked, promise]).finally(() => signal.removeEventListener('abort', leave))
  }

  async #ask(endpoint: TokenEndpoint, scope: string): Promise<string> {
    const start = this.#clock.now()
    try {
      const { token, lifetimeMs } = await this.#fetch(endpoint, scope)
      const margin = Math.max(lifetimeMs / 10, MIN_MARGIN_MS)
      this.#hold(scope, { token, renewAt: start + lifetimeMs - margin })
      return token
    } finally {
      this.#asked.delete(scope)
    }
  }

  async #fetch({ realm, service }: TokenEndpoint, scope: string) {
    const credentials = this.#options.credentials?.()
    const url = new URL(realm)
    if (service !== undefined) url.searchParams.set('service', service)
    url.searchParams.set('scope', scope)
    if (credentials !== undefined) url.searchParams.set('account', credentials.username)
    const { status, body } = await this.#upstreamOf(realm).send({
      url,
      authorization: credentials && renderBasic(credentials),
      maxBytes: MAX_ANSWER_BYTES,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const { host } = this.#options.server
    if (status === 401 || status === 403) {
      const what = credentials === undefined ? 'gives no token without' : 'refuses the'
      throw refusal(`${realm.host} ${what} credentials for ${host} (HTTP ${status})`)
    }
    if (status !== 200) {
      throw new TrustError('UNAVAILABLE_STATUS', `${realm.host} answers with HTTP ${status}`)
    }
    return readToken(realm, body)
  }

  #upstreamOf({ host }: URL): Upstream {
    if (this.#upstream?.host !== host) {
      const { ca, server, observe } = this.#options
      const count: UpstreamObserver = (call) => observe?.({ ...call, host: server.host })
      this.#upstream = { host, upstream: new Upstream(ca, this.#clock, count) }
    }
    return this.#upstream.upstream
  }

  #hold(scope: string, held: Held): void {
    this.#held.delete(scope)
    this.#held.set(scope, held)
    const [oldest] = this.#held.keys()
    if (this.#held.size > MAX_TOKENS && oldest !== undefined) this.#held.delete(oldest)
  }
}

function readToken({ host }: URL, body: Uint8Array) {
  try {
    return parseToken(body)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new TrustError('UNAVAILABLE_BODY', `the answer of ${host} is no token: ${error.message}`)
  }
}

function refusal(message: string): TrustError {
  return new TrustError('MISCONFIGURED_CREDENTIALS', message)
}
