/**
 * Why an image is not trusted. The first word says who has to act: `UNTRUSTED_` the publisher,
 * `UNAVAILABLE_` the network, `MISCONFIGURED_` the operator, `INTERNAL` the authors of this program.
 * Codes are part of the command line's JSON and of the logs: they are stable, messages are not.
 */
export type TrustErrorCode =
  /** The image name is not one, so nobody can have signed it. */
  | 'UNTRUSTED_INVALID_REFERENCE'
  /** The Kubernetes object does not have the shape of its kind. */
  | 'UNTRUSTED_MALFORMED_WORKLOAD'
  /** The object is being deleted and an image was to be put into it. */
  | 'UNTRUSTED_BEING_DELETED'
  /** No rule of the policy covers the image. */
  | 'UNTRUSTED_NO_RULE'
  /** A static validator refuses the image. */
  | 'UNTRUSTED_STATIC_DENY'
  /** The server definitely holds no trust data for the repository. */
  | 'UNTRUSTED_NO_TRUST_DATA'
  /** The registry definitely has no such image. */
  | 'UNTRUSTED_NO_IMAGE'
  /** The trust data is valid and does not list the tag or digest. */
  | 'UNTRUSTED_NOT_SIGNED'
  /** The reference pins another digest than the signed one. */
  | 'UNTRUSTED_DIGEST_MISMATCH'
  /** Roles that count signed different digests for one tag. */
  | 'UNTRUSTED_CONFLICT'
  /** Metadata that breaks its format. */
  | 'UNTRUSTED_MALFORMED_METADATA'
  /** Metadata without enough valid signatures of distinct keys. */
  | 'UNTRUSTED_SIGNATURE'
  /** The root does not follow from the pinned key, or a key's certificate is not for this repository. */
  | 'UNTRUSTED_ROOT'
  /** Metadata older than what was trusted before, or of the same version with other bytes. */
  | 'UNTRUSTED_ROLLBACK'
  /** A delegation that the rule names does not exist. */
  | 'UNTRUSTED_NO_DELEGATION'
  /** Metadata, or a root certificate, whose time is over. */
  | 'UNTRUSTED_EXPIRED'
  /** Bytes that differ from the hash or length that signed metadata promises. */
  | 'UNTRUSTED_HASH_MISMATCH'
  /** A signature whose bytes, certificate or log entry break their format. */
  | 'UNTRUSTED_MALFORMED_SIGNATURE'
  /** More signatures than are looked at, and none of those that were is enough. */
  | 'UNTRUSTED_TOO_MANY_SIGNATURES'
  /** What is signed is no claim about a container image. */
  | 'UNTRUSTED_CLAIM'
  /** A certificate that does not chain to a trusted authority, or is not for signing code. */
  | 'UNTRUSTED_CERTIFICATE'
  /** A valid certificate of somebody else than the trust root names. */
  | 'UNTRUSTED_IDENTITY'
  /** No log entry where one is needed, or one that is not proven or is for another signature. */
  | 'UNTRUSTED_LOG_ENTRY'
  /** A timestamp that no trusted authority made, or made for another signature. */
  | 'UNTRUSTED_TIMESTAMP'
  /** Connection or DNS failed. */
  | 'UNAVAILABLE_NETWORK'
  /** TLS failed: the server could not prove who it is. */
  | 'UNAVAILABLE_TLS'
  /** The deadline passed. */
  | 'UNAVAILABLE_TIMEOUT'
  /** Too many requests wait for the server already. */
  | 'UNAVAILABLE_OVERLOADED'
  /** An HTTP status that is neither an answer nor a definite absence. */
  | 'UNAVAILABLE_STATUS'
  /** A body over its cap, endless, cut short or encoded. */
  | 'UNAVAILABLE_BODY'
  /** A receiver of alerts that must hear of every admission did not. */
  | 'UNAVAILABLE_ALERT'
  /** The server holds no file although its own signed metadata promises it. */
  | 'UNAVAILABLE_METADATA'
  /** The server refuses our credentials, or wants some. */
  | 'MISCONFIGURED_CREDENTIALS'
  /** The trusted root, or what replaces it, lacks the authority or log that a rule needs. */
  | 'MISCONFIGURED_TRUST_MATERIAL'
  /** A receiver of alerts refuses what it must hear of: its URL, headers or template are wrong. */
  | 'MISCONFIGURED_ALERT'
  /** Two rules are equally specific for the image. */
  | 'MISCONFIGURED_RULE_TIE'
  /** Anything that should not have happened. */
  | 'INTERNAL'

/** Who has to act before the image can be admitted. */
export type Actor = 'publisher' | 'network' | 'operator' | 'connaisseur'

/** The one error of verification. `message` is one lower-case sentence with its values, no secret. */
export class TrustError extends Error {
  override readonly name = 'TrustError'
  readonly code: TrustErrorCode

  constructor(code: TrustErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Reads from the first word of a code who has to act. */
export function actorOf(code: TrustErrorCode): Actor {
  if (code.startsWith('UNTRUSTED_')) return 'publisher'
  if (code.startsWith('UNAVAILABLE_')) return 'network'
  if (code.startsWith('MISCONFIGURED_')) return 'operator'
  return 'connaisseur'
}
