import { TrustError } from '../trust/errors.ts'
import { httpGet } from './http.ts'

/** The Notary server that a client asks. */
export interface NotaryServer {
  /** `https://` or `http://`, host, perhaps a path prefix; no slash at the end. */
  readonly host: string
  /** CA certificates as PEM, which replace the system's. */
  readonly cert?: string
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
  readonly #server: NotaryServer

  constructor(server: NotaryServer) {
    this.#server = server
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

  async #fetch(gun: string, file: string, limits: Limits): Promise<Uint8Array | undefined> {
    const { host, cert } = this.#server
    const url = new URL(`${host}/v2/${gun}/_trust/tuf/${file}`)
    const answer = await httpGet({ url, ...(cert === undefined ? {} : { ca: cert }), ...limits })
    switch (answer.status) {
      case 200:
        return answer.body
      case 404:
        return undefined
      case 401:
      case 403:
        throw new TrustError(
          'MISCONFIGURED_CREDENTIALS',
          `${url.host} asks for credentials to read the trust data of ${gun} (HTTP ${answer.status})`,
        )
      default:
        throw new TrustError('UNAVAILABLE_STATUS', `${url.host} answers with HTTP ${answer.status}`)
    }
  }
}
