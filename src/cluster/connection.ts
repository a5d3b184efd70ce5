import type { ClientTls } from '../clients/http.ts'
import type { Secret } from '../text/secret.ts'

/** One API server and how to prove to it who we are. */
export interface ClusterConnection {
  /** `https://host[:port][/prefix]`. */
  readonly server: URL
  /** For people: where the connection comes from, such as the name of a context. */
  readonly description: string
  /** The namespace that we, or the context, are in. */
  readonly namespace?: string | undefined
  /** Tells the CA certificates of the moment as PEM, which replace the system's. */
  ca(): string | undefined
  readonly serverName?: string | undefined
  /** Set by a flag alone. */
  readonly insecureSkipVerify?: boolean | undefined
  readonly proxy?: string | undefined
  /** Gets the credentials of the moment; rejects with a `ClusterError` (`MISCONFIGURED`). */
  authenticate(signal: AbortSignal): Promise<ClusterCredentials>
  /** Hears that the API server refused these: the next ones should be other ones. */
  refused(credentials: ClusterCredentials): void
}

/** What we show to the API server; nothing at all is anonymous. */
export interface ClusterCredentials {
  readonly token?: Secret | undefined
  readonly clientCertificate?: ClientTls['clientCertificate']
}
