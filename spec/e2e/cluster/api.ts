import { API_SERVER } from './addresses.ts'
import type { Pki } from './pki.ts'

/** A Kubernetes object, as far as the harness looks into it. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
    readonly deletionGracePeriodSeconds?: number
  }
}

/** An answer of the API server that is no success. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What may accompany a request. */
export interface ApiRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  /** Default `application/json`; patches have their own. */
  readonly contentType?: string
}

const DEADLINE_MS = 60_000

/** Talks to the API server as its admin. */
export class Api {
  readonly #tls: { readonly ca: string; readonly cert: string; readonly key: string }

  constructor({ ca, cert, key }: Pki['admin']) {
    this.#tls = { ca, cert, key }
  }

  /** Sends a request; throws an `ApiError` unless it succeeds. The caller knows the shape. */
  async request<Answer>(path: string, request: ApiRequest = {}): Promise<Answer> {
    const { method = 'GET', body, contentType = 'application/json' } = request
    const response = await fetch(`https://${API_SERVER.host}:${API_SERVER.port}${path}`, {
      method,
      headers: { 'content-type': contentType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(DEADLINE_MS),
      tls: this.#tls,
    })
    const text = await response.text()
    if (!response.ok) throw new ApiError(response.status, `${method} ${path}: ${text}`)
    return JSON.parse(text)
  }

  /** Lists objects; those of a list of an API group have no kind of their own. */
  async list<Item extends KubernetesObject>(path: string): Promise<readonly Item[]> {
    return (await this.request<{ items: readonly Item[] }>(path)).items
  }

  /** Whether it answers, and says that it is ready. */
  async isReady(): Promise<boolean> {
    try {
      const url = `https://${API_SERVER.host}:${API_SERVER.port}/readyz`
      return (await fetch(url, { tls: this.#tls, signal: AbortSignal.timeout(5000) })).ok
    } catch {
      return false
    }
  }
}
