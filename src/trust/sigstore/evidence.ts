/** How a signature was written down. */
export type EvidenceForm = 'simple signing' | 'bundle v0.1' | 'bundle v0.2' | 'bundle v0.3'

/**
 * One signature with all that came along to prove it, in the one shape that both of cosign's forms are
 * read into. Nothing of it is verified: every byte is an attacker's.
 */
export interface Evidence {
  readonly form: EvidenceForm
  readonly content: SignedContent
  /** DER, the certificate of the signing key first; empty where a bare key signed. */
  readonly certificates: readonly Buffer[]
  readonly logEntries: readonly LogEntry[]
  /** RFC 3161 time-stamp responses over the signature, DER. */
  readonly timestamps: readonly Buffer[]
}

/** What was signed, as the bytes that were served, and the signature over it. */
export type SignedContent =
  | {
      /** A DSSE envelope: the signature is over its pre-authentication encoding. */
      readonly kind: 'dsse'
      readonly payloadType: string
      readonly payload: Buffer
      readonly signature: Buffer
    }
  | {
      /** The signature is over the payload itself. */
      readonly kind: 'message'
      readonly payload: Buffer
      readonly signature: Buffer
    }
  | {
      /** The signature is over a message of which only the SHA-256 is at hand. */
      readonly kind: 'digest'
      readonly digest: Buffer
      readonly signature: Buffer
    }

/** An entry of a transparency log, with what proves that it is in it. */
export interface LogEntry {
  /** As `hashedrekord`, `dsse` or `intoto`; of the entry's body where nothing beside it says so. */
  readonly kind: string
  /** The version of the kind: `0.0.1` of Rekor v1, `0.0.2` of Rekor v2 (intoto 0.0.2 is v1). */
  readonly version: string
  readonly logId: Buffer
  readonly logIndex: number
  /** Seconds since 1970; Rekor v2 has none. */
  readonly integratedTime?: number
  /** The canonical JSON that is logged. */
  readonly body: Buffer
  /** The log's promise, signed over body, time, index and log id. */
  readonly signedEntryTimestamp?: Buffer
  readonly inclusionProof?: InclusionProof
}

/** The way from an entry to the signed head of the log (RFC 6962 2.1.1). */
export interface InclusionProof {
  readonly logIndex: number
  readonly hashes: readonly Buffer[]
  /** The signed note of the log's head. */
  readonly checkpoint: string
}

/** A content whose signed bytes are at hand. */
export type WholeContent = Exclude<SignedContent, { readonly kind: 'digest' }>

/** The bytes that the signature of a content is over (DSSE v1 protocol, PAE). */
export function signedBytesOf(content: WholeContent): Buffer {
  if (content.kind === 'message') return content.payload
  const type = Buffer.from(content.payloadType, 'utf8')
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${content.payload.length} `),
    content.payload,
  ])
}
