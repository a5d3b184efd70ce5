/**
 * Why the Kubernetes API did not do what it was asked. Callers branch on it; messages are for people
 * and not stable.
 */
export type ClusterErrorCode =
  /** There is no such object, or no such kind of object. */
  | 'NOT_FOUND'
  /** An object of that name is there already; perhaps made by a first attempt that got no answer. */
  | 'ALREADY_EXISTS'
  /** The object is not what the precondition says, or another manager owns a field. */
  | 'CONFLICT'
  /** The version to go on from is too old (HTTP 410); list anew. */
  | 'EXPIRED'
  /** Our credentials are not accepted, or we have none. */
  | 'UNAUTHORIZED'
  /** We are known, and may not do this. */
  | 'FORBIDDEN'
  /** The API server refuses the object or the request. */
  | 'INVALID'
  /** Network, TLS, deadline, HTTP 429 or 5xx: it may pass by itself. */
  | 'UNAVAILABLE'
  /** The answer is not what was asked for. */
  | 'MALFORMED'
  /** Our own access is not set up right: a file, a plugin, a kubeconfig. */
  | 'MISCONFIGURED'

/**
 * The one error of the Kubernetes API. `message` is one lower-case sentence without any secret.
 * Never an answer about an image: who judges images catches it and verifies.
 */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
  readonly code: ClusterErrorCode

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
