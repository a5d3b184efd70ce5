import type { TrustError } from '../../trust/errors.ts'
import type { TokenOptions } from '../bearer.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { HttpAnswer, HttpRequest } from '../http.ts'
import { Upstream } from '../upstream.ts'
import { observeAs, type UpstreamObserver } from '../upstream-call.ts'
import { RegistryAuthorization } from './authorization.ts'
import { findRedirect } from './redirect.ts'

/** How often one request is sent on to another address. */
const MAX_REDIRECTS = 4
/** Hosts of redirects whose state is kept; the oldest go. */
const MAX_HOSTS = 32

/** How long it is not asked again whether there is a referrers API, in milliseconds. */
const NO_API_MS = 60_000

/** How a host is talked to. */
export interface HostOptions extends TokenOptions {
  /** Tells which scheme a host that we are redirected to has to be spoken to with. */
  readonly schemeOf: (host: string) => 'http' | 'https'
}

/** One read request to a registry. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD'
  readonly url: URL
  /** Whose content it is, without the host. */
  readonly repository: string
  readonly accept: string
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** An answer, and which host gave it in the end. */
export interface RegistryAnswer extends HttpAnswer {
  readonly host: string
}

/**
 * One registry with all that is shared by those who ask it: connections, tokens, what is known of an
 * outage, whether it has a referrers API.
 */
export class RegistryHost {
  readonly #options: HostOptions
  readonly #clock: Clock
  readonly #upstream: Upstream
  readonly #authorization: RegistryAuthorization
  readonly #elsewhere = new Map<string, Upstream>()
  #noApiUntil = 0

  constructor(options: HostOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#upstream = this.#connect(options.observe)
    this.#authorization = new RegistryAuthorization(options)
  }

  /** `https://` or `http://` and the host. */
  get origin(): string {
    return this.#options.server.origin
  }

  /** That a registry has no referrers API is remembered for a minute: it costs a request to ask. */
  readonly referrersApi = {
    isMissing: () => this.#clock.now() < this.#noApiUntil,
    note: (isThere: boolean) => {
      this.#noApiUntil = isThere ? 0 : this.#clock.now() + NO_API_MS
    },
  }

  /** Whether there are credentials for a repository. */
  hasCredentials(repository: string): boolean {
    return this.#options.credentials?.(repository) !== undefined
  }

  /** What it failed with last, or whoever gives its tokens, while that has not answered since. */
  lastFailure(): TrustError | undefined {
    return this.#upstream.lastFailure() ?? this.#authorization.lastFailure()
  }

  /**
   * Sends a request with what the registry wants to see, and follows where it sends us: there, without
   * credentials. Rejects with `UNAVAILABLE_*` or `MISCONFIGURED_CREDENTIALS`.
   */
  async send(request: RegistryRequest): Promise<RegistryAnswer> {
    let { url } = request
    let answer = await this.#sendAuthorized(request)
    for (let redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
      const target = findRedirect(answer, url, this.#options.schemeOf)
      if (target === undefined) break
      url = target
      answer = await this.#upstreamOf(url).send(toHttp({ ...request, url }))
    }
    return { ...answer, host: url.host }
  }

  async #sendAuthorized(request: RegistryRequest): Promise<HttpAnswer> {
    const { repository, signal } = request
    const authorization = await this.#authorization.find(repository, signal)
    const answer = await this.#upstream.send({ ...toHttp(request), authorization })
    if (answer.status !== 401) return answer
    const challenge = answer.headers.get('www-authenticate')
    const other = await this.#authorization.renew(repository, authorization, challenge, signal)
    if (other === undefined || other === authorization) return answer
    return this.#upstream.send({ ...toHttp(request), authorization: other })
  }

  #upstreamOf({ origin }: URL): Upstream {
    const { server, observe } = this.#options
    // Where the registry sends us is its business: the metrics know it by its own name.
    const known = this.#elsewhere.get(origin) ?? this.#connect(observeAs(server.host, observe))
    this.#elsewhere.delete(origin)
    this.#elsewhere.set(origin, known)
    const [oldest] = this.#elsewhere.keys()
    if (this.#elsewhere.size > MAX_HOSTS && oldest !== undefined) this.#elsewhere.delete(oldest)
    return known
  }

  #connect(observe: UpstreamObserver | undefined): Upstream {
    return new Upstream(this.#options.ca, this.#clock, observe)
  }
}

function toHttp(request: RegistryRequest): HttpRequest {
  const { method, url, accept, maxBytes, signal } = request
  return { method, url, headers: { accept }, maxBytes, signal }
}
