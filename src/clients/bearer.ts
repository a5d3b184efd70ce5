import { TrustError } from '../trust/errors.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Credentials, renderBasic } from './credentials.ts'
import type { HttpRequest } from './http.ts'
import { isLoopback } from './loopback.ts'
import { parseToken } from './token.ts'
import { readTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts'
import { Upstream } from './upstream.ts'
import { observeAs, type UpstreamObserver } from './upstream-call.ts'

/** The longest answer of a token endpoint, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024

/** How long a token is waited for, whoever waits, in milliseconds: others will need it too. */
const PATIENCE_MS = 10_000

/** A token is renewed before it expires: by a tenth of its life, and this in milliseconds. */
const MIN_MARGIN_MS = 5000

/** Repositories whose tokens are kept; those unused for longest go. */
const MAX_TOKENS = 1000

/** By what name a token endpoint knows us, where it wants to know (OAuth 2.0). */
const CLIENT_ID = 'connaisseur'

/** What tokens are got with. */
export interface TokenOptions {
  /** The server that wants tokens. */
  readonly server: URL
  readonly ca: () => string | undefined
  /** Tells the credentials for a repository; nothing: its tokens are asked for without a name. */
  readonly credentials?: ((repository: string) => Credentials | undefined) | undefined
  readonly clock?: Clock
  /** Hears of every attempt, which counts as one of the server's: it chose the endpoint. */
  readonly observe?: UpstreamObserver | undefined
}

interface Held {
  readonly token: string
  readonly renewAt: number
}

/**
 * The tokens of one server, by repository, in the way of Docker registries. Credentials go to the
 * token endpoint alone; the server itself only ever gets tokens, and only for what we ask for: to
 * pull.
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

  /** Gets the token for a repository, where the server is known to want one. */
  async find(repository: string, signal: AbortSignal): Promise<string | undefined> {
    const held = this.#held.get(repository)
    if (held !== undefined && this.#clock.now() < held.renewAt) return held.token
    const endpoint = this.#endpoint
    if (endpoint === undefined) return undefined
    try {
      return await this.#share(endpoint, repository, signal)
    } catch (error) {
      // The server may name another one by now.
      if (this.#endpoint === endpoint) this.#endpoint = undefined
      throw error
    }
  }

  /**
   * Gets a token for a repository after a 401: another one than was refused. Rejects with
   * `MISCONFIGURED_CREDENTIALS`, which names the host that refuses, or `UNAVAILABLE_*`.
   */
  async renew(
    repository: string,
    refused: string | undefined,
    challenge: string | null,
    signal: AbortSignal,
  ): Promise<string> {
    const held = this.#held.get(repository)
    if (held !== undefined && held.token !== refused) return held.token
    this.#held.delete(repository)
    this.#endpoint = this.#readEndpoint(challenge)
    return this.#share(this.#endpoint, repository, signal)
  }

  /** What the token endpoint failed with last, while a token is waited for. */
  lastFailure(): TrustError | undefined {
    return this.#asked.size === 0 ? undefined : this.#upstream?.upstream.lastFailure()
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
  #share(endpoint: TokenEndpoint, repository: string, signal: AbortSignal): Promise<string> {
    const asked = this.#asked.get(repository) ?? this.#ask(endpoint, repository)
    this.#asked.set(repository, asked)
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

  async #ask(endpoint: TokenEndpoint, repository: string): Promise<string> {
    const start = this.#clock.now()
    try {
      const { token, lifetimeMs } = await this.#fetch(endpoint, repository)
      const margin = Math.max(lifetimeMs / 10, MIN_MARGIN_MS)
      this.#hold(repository, { token, renewAt: start + lifetimeMs - margin })
      return token
    } finally {
      this.#asked.delete(repository)
    }
  }

  async #fetch(endpoint: TokenEndpoint, repository: string) {
    const { realm } = endpoint
    const credentials = this.#credentialsFor(realm, repository)
    const { status, body } = await this.#upstreamOf(realm).send({
      ...toTokenRequest(endpoint, repository, credentials),
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

  /** Over plain http whoever sits between may name the endpoint, and would be told the password. */
  #credentialsFor(realm: URL, repository: string): Credentials | undefined {
    const { server, credentials } = this.#options
    const found = credentials?.(repository)
    const isAnybodys = server.protocol === 'http:' && !isLoopback(server.hostname)
    if (found === undefined || !isAnybodys || realm.hostname === server.hostname) return found
    throw refusal(
      `${server.host} sends credentials to ${realm.host} over plain http, where anybody could say so`,
    )
  }

  #upstreamOf({ host }: URL): Upstream {
    if (this.#upstream?.host !== host) {
      const { ca, server, observe } = this.#options
      const observer = observeAs(server.host, observe)
      this.#upstream = { host, upstream: new Upstream(ca, this.#clock, observer) }
    }
    return this.#upstream.upstream
  }

  #hold(repository: string, held: Held): void {
    this.#held.delete(repository)
    this.#held.set(repository, held)
    const [oldest] = this.#held.keys()
    if (this.#held.size > MAX_TOKENS && oldest !== undefined) this.#held.delete(oldest)
  }
}

/**
 * Asks for a token to pull: with GET, and with POST where the credentials are a refresh token
 * (Docker Registry v2 authentication, "token" and "oauth").
 */
function toTokenRequest(
  { realm, service }: TokenEndpoint,
  repository: string,
  credentials: Credentials | undefined,
): Pick<HttpRequest, 'url' | 'method' | 'headers' | 'body' | 'authorization'> {
  const scope = `repository:${repository}:pull`
  if (credentials !== undefined && 'identityToken' in credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      ...(service !== undefined && { service }),
      client_id: CLIENT_ID,
      scope,
      refresh_token: credentials.identityToken.reveal(),
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { url: realm, method: 'POST', headers, body: form.toString() }
  }
  const url = new URL(realm)
  if (service !== undefined) url.searchParams.set('service', service)
  url.searchParams.set('scope', scope)
  if (credentials === undefined) return { url }
  url.searchParams.set('account', credentials.username)
  return { url, authorization: renderBasic(credentials) }
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
