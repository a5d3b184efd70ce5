/** Hears how fresh verified trust data is. Declared here, satisfied by `reporting/trust-data.ts`. */
export type TrustObserver = (repository: VerifiedRepository) => void

/** A repository whose trust data has just been verified, fetched anew or not. */
export interface VerifiedRepository {
  /** The name of the validator. */
  readonly validator: string
  readonly gun: string
  /** The roles that counted: `root`, `timestamp`, `snapshot`, `targets`, delegations. */
  readonly roles: readonly VerifiedRole[]
  /** The moment that they were verified for. */
  readonly now: Date
}

/** The metadata of one role. */
export interface VerifiedRole {
  readonly role: string
  readonly version: number
  readonly expires: Date
}
