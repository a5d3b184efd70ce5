import type { TrustError } from '../../trust/errors.ts'

/** Where trust data comes from: one Notary server. Declared here, satisfied by `clients/notary.ts`. */
export interface NotarySource {
  /**
   * Fetches the newest file of a role. Nothing means that the server definitely has none (404).
   * Rejects with a `TrustError`: `UNAVAILABLE_*` or `MISCONFIGURED_*`.
   */
  fetchNewest(gun: string, role: 'root' | 'timestamp', limits: FetchLimits): Promise<Fetched>

  /** Fetches one version of the root, for walking from one to the next. */
  fetchRoot(gun: string, version: number, limits: FetchLimits): Promise<Fetched>

  /** Fetches the file of a role that has this hex SHA-256, which the caller checks. */
  fetchByHash(gun: string, role: string, sha256: string, limits: FetchLimits): Promise<Fetched>

  /** What the server failed with last, while it has not answered since. */
  lastFailure?(): TrustError | undefined
}

/** The bytes as they were served, or nothing. */
export type Fetched = Uint8Array | undefined

/** What one fetch may cost. */
export interface FetchLimits {
  readonly maxBytes: number
  /** Aborts when nobody waits for the file any more. */
  readonly signal: AbortSignal
}
