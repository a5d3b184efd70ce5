import { TrustError } from '../errors.ts'
import { checkClaimDigest, type ImageClaim, readImageClaim } from './claim.ts'
import { type Evidence, signedBytesOf } from './evidence.ts'
import type { Identity } from './identity.ts'
import type { TrustMaterial } from './material.ts'
import type { SigningKey } from './signing-key.ts'
import { verifySigningKeySignature } from './signing-key-signature.ts'

/** Who has to have signed: the holder of a key, or whoever Fulcio certified as an identity. */
export type ExpectedSigner =
  | { readonly kind: 'key'; readonly key: SigningKey }
  | { readonly kind: 'keyless'; readonly identity: Identity }

/** What a rule wants beside the signature itself. */
export interface Requirements {
  /** A proven entry in a transparency log. */
  readonly verifyInTransparencyLog: boolean
  /** Keyless only: a certificate that a certificate-transparency log has promised to list. */
  readonly verifySCT: boolean
}

/** What a signature is held against. */
export interface Expectation {
  /** The digest that the registry resolved, `sha256:` and 64 lower-case hex digits. */
  readonly digest: string
  readonly signer: ExpectedSigner
  readonly material: TrustMaterial
  readonly requirements: Requirements
}

/** A signature of the expected signer, for the expected digest. */
export interface Signed {
  readonly claim: ImageClaim
  readonly signer: ProvenSigner
  /** The proven log entries; the same `id` in two signatures is one entry and counts once. */
  readonly logEntries: readonly ProvenLogEntry[]
  /** The moments at which the signature is proven to have existed. */
  readonly times: readonly TrustedTime[]
}

/** Who signed; two signatures with one `id` are of one signer, whatever their trust roots are called. */
export type ProvenSigner =
  | { readonly kind: 'key'; readonly id: string }
  | {
      readonly kind: 'keyless'
      /** Of issuer and subject. */
      readonly id: string
      readonly issuer: string
      readonly subject: string
    }

/** An entry of a transparency log that is proven to be in it, and to be of this signature. */
export interface ProvenLogEntry {
  /** Names log and entry. */
  readonly id: string
  /** As the log or its proof states it. */
  readonly logIndex: number
  /** The time that the log signed; none for Rekor v2. */
  readonly integratedTime?: Date
}

/** A time that somebody trusted has signed. */
export interface TrustedTime {
  readonly source: 'transparency log' | 'timestamp authority'
  readonly time: Date
}

/**
 * Verifies one signature against one expected signer. It resolves nothing and keeps nothing; equal
 * input gives equal output. Throws a `TrustError` that says why the signature does not count:
 * `UNTRUSTED_SIGNATURE` (not of this key), `UNTRUSTED_CLAIM`, `UNTRUSTED_DIGEST_MISMATCH`,
 * `UNTRUSTED_CERTIFICATE`, `UNTRUSTED_IDENTITY`, `UNTRUSTED_LOG_ENTRY`, `UNTRUSTED_TIMESTAMP`,
 * `UNTRUSTED_MALFORMED_SIGNATURE`, or `MISCONFIGURED_TRUST_MATERIAL`.
 */
export function verifyEvidence(evidence: Evidence, expected: Expectation, _now: Date): Signed {
  const { signer, requirements } = expected
  if (signer.kind === 'keyless' || requirements.verifyInTransparencyLog) {
    throw new TrustError('INTERNAL', 'certificates and log entries cannot be verified yet')
  }
  verifyContent(evidence, signer.key)
  const claim = readImageClaim(evidence.content)
  checkClaimDigest(claim, expected.digest)
  return { claim, signer: { kind: 'key', id: signer.key.identity }, logEntries: [], times: [] }
}

function verifyContent({ content }: Evidence, key: SigningKey): void {
  if (!verifySigningKeySignature(key, signedBytesOf(content), content.signature)) {
    throw new TrustError('UNTRUSTED_SIGNATURE', 'the signature is not of the expected key')
  }
}
