/**
 * Keeps what is remembered of repositories beyond the life of the process. Declared here, satisfied
 * by `clients/trust-store.ts`. It holds bytes and proves nothing: whoever loads them verifies them.
 */
export interface TrustStore {
  /**
   * Loads what was saved last; nothing where nothing usable is there, `away` where the store cannot
   * tell at the moment. Never rejects.
   */
  load(repository: RepositoryId): Promise<StoredTrustData | 'away' | undefined>

  /** Replaces the roots, and the roles that are given; roles that are not given stay. Never rejects. */
  save(repository: RepositoryId, data: StoredTrustData): Promise<void>

  /** When an operator had this repository forgotten last, in milliseconds since 1970. */
  forgottenAt(server: string, gun: string): Promise<number | undefined>
}

/** What is remembered apart: one repository of one server under one pinned key. */
export interface RepositoryId {
  /** As `NotaryV1Settings.host`. */
  readonly server: string
  readonly gun: string
  /** The identity of the pinned root key that the first of the roots is anchored on. */
  readonly pin: string
}

/** The newest verified metadata, as it was served. */
export interface StoredTrustData {
  /** From the root that is anchored on the pin to the newest one, without gaps. */
  readonly roots: readonly Uint8Array[]
  /** `timestamp`, `snapshot`, `targets` and delegations. */
  readonly roles: ReadonlyMap<string, Uint8Array>
}
