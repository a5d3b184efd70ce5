import type { Pair } from './state.ts'

/** What the API server trusts, as the registered webhook says. */
export interface TrustedBundle {
  /** Whether there is no webhook, so that nobody has to trust anything yet. */
  readonly isAbsent: boolean
  /** For how long a certificate has been in the bundle without a break, in ms; undefined if it is not. */
  heldForMs(cert: string): number | undefined
}

/** How long every API server gets to hear of a new bundle, in milliseconds. */
export const SETTLE_MS = 10_000

/** Where the certificate of this replica comes from, and whom the API server has to trust for it. */
export interface CertificateSource {
  /** What to serve under; undefined until the first round. */
  readonly serving: Pair | undefined
  /** PEM, each with one certificate or several. */
  readonly bundle: readonly string[]
  /** Does what is due. Rejects with a `ClusterError`. */
  round(trusted: TrustedBundle): Promise<void>
}
