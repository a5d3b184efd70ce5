import { TrustError } from '../trust/errors.ts'
import { BearerTokens } from './bearer.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Credentials } from './credentials.ts'
import type { HttpAnswer } from './http.ts'
import { Upstream } from './upstream.ts'
import type { UpstreamObserver } from './upstream-call.ts'

/** Its answer is not looked into. */
const MAX_HEALTH_BYTES = 64 * 1024

/** The Notary server that a client asks. */
export interface NotaryServer {
  /** `https://` or `http://`, host, perhaps a path prefix; no slash at the end. */
  readonly host: string
  /** Tells the CA certificates of the moment as PEM, which replace the system's. */
  readonly ca?: (() => string | undefined) | undefined
  /** Tells the credentials of the moment; they are for this host. */
  readonly credentials?: (() => Credentials) | undefined
  readonly clock?: Clock
  /** Hears of every attempt to get something from it. */
  readonly observe?: UpstreamObserver | undefined
}

interface Limits {
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/**
 * Reads trust data from one Notary server over its HTTP API
 * (`/v2/<gun>/_trust/tuf/<role>[.<sha256>].json`).
 */
export class NotaryClient {
  readonly #host: string
  readonly #upstream: Upstream
  readonly #tokens: BearerTokens
  readonly #hasCredentials: boolean

  constructor({
    host,
    ca = () => undefined,
    credentials,
    clock = systemClock,
    observe,
  }: NotaryServer) {
    this.#host = host
    this.#upstream = new Upstream(ca, clock, observe)
    this.#tokens = new BearerTokens({ server: new URL(host), ca, credentials, clock, observe })
    this.#hasCredentials = credentials !== undefined
  }

  /** Fetches the newest file of a role; nothing where the server has none. */
  fetchNewest(gun: string, role: string, limits: Limits): Promise<Uint8Array | undefined> {
    return this.#fetch(gun, `${role}.json`, limits)
  }

  /** Fetches a version of the root; nothing where the server has none. */
  fetchRoot(gun: string, version: number, limits: Limits): Promise<Uint8Array | undefined> {
    return this.#fetch(gun, `${version}.root.json`, limits)
  }

  /** Fetches the file of a role by its hex SHA-256; nothing where the server has none. */
  fetchByHash(
    gun: string,
    role: string,
    sha256: string,
    limits: Limits,
  ): Promise<Uint8Array | undefined> {
    return this.#fetch(gun, `${role}.${sha256}.json`, limits)
  }

  /** What the server failed with last, while it has not answered since. */
  lastFailure(): TrustError | undefined {
    return this.#upstream.lastFailure()
  }

  /** Asks the server once how it is; rejects with `UNAVAILABLE_*` unless it is well. */
  async checkHealth(signal: AbortSignal): Promise<void> {
    const url = new URL(`${this.#host}/_notary_server/health`)
    const { status } = await this.#upstream.sendOnce({ url, maxBytes: MAX_HEALTH_BYTES, signal })
    if (status !== 200) throw unexpected(url, status)
  }

  async #fetch(gun: string, file: string, limits: Limits): Promise<Uint8Array | undefined> {
    const url = new URL(`${this.#host}/v2/${gun}/_trust/tuf/${file}`)
    const { status, body } = await this.#get(url, gun, limits)
    switch (status) {
      case 200:
        return body
      case 404:
        return undefined
      case 401:
      case 403: {
        const whom = this.#hasCredentials ? 'these credentials' : 'anybody without credentials'
        throw new TrustError(
          'MISCONFIGURED_CREDENTIALS',
          `${url.host} does not let ${whom} read the trust data of ${gun} (HTTP ${status})`,
        )
      }
      default:
        throw unexpected(url, status)
    }
  }

  /** Sends a GET with a token where the server wants one. */
  async #get(url: URL, gun: string, limits: Limits): Promise<HttpAnswer> {
    const { signal } = limits
    const token = await this.#tokens.find(gun, signal)
    const answer = await this.#upstream.send({ url, authorization: renderBearer(token), ...limits })
    if (answer.status !== 401) return answer
    const challenge = answer.headers.get('www-authenticate')
    const other = await this.#tokens.renew(gun, token, challenge, signal)
    return this.#upstream.send({ url, authorization: renderBearer(other), ...limits })
  }
}

function renderBearer(token: string | undefined): string | undefined {
  return token === undefined ? undefined : `Bearer ${token}`
}

function unexpected({ host }: URL, status: number): TrustError {
  return new TrustError('UNAVAILABLE_STATUS', `${host} answers with HTTP ${status}`)
}
