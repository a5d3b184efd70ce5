import { Type } from '@sinclair/typebox'
import { quote } from '../../text/quote.ts'
import { TrustError } from '../errors.ts'
import type { SignedContent } from './evidence.ts'
import { readJson, text } from './read-json.ts'

/** What a signature says, once it is proven. */
export interface ImageClaim {
  /** The digest that the signature speaks of, `sha256:` and 64 lower-case hex digits. */
  readonly digest: string
  /**
   * The name under which the signer saw the image: shown, never trusted, because nothing binds it to
   * what is admitted.
   */
  readonly dockerReference?: string
}

/** What `cosign sign` writes as the type of a payload and as the predicate type of a statement. */
const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1'
const PAYLOAD_TYPES: readonly string[] = ['cosign container image signature', COSIGN_SIGN]
const STATEMENT_TYPES: readonly string[] = [
  'https://in-toto.io/Statement/v1',
  'https://in-toto.io/Statement/v0.1',
]
const ENVELOPE_TYPE = 'application/vnd.in-toto+json'
const DIGEST = /^sha256:[0-9a-f]{64}$/
const MAX_SUBJECTS = 64

const PayloadSchema = Type.Object({
  critical: Type.Object({
    identity: Type.Object({ 'docker-reference': Type.Optional(text()) }),
    image: Type.Object({ 'docker-manifest-digest': text() }),
    type: text(),
  }),
})

const StatementSchema = Type.Object({
  _type: text(),
  predicateType: text(),
  subject: Type.Array(
    Type.Object({ digest: Type.Object({ sha256: text({ description: 'a SHA-256' }) }) }),
    { maxItems: MAX_SUBJECTS },
  ),
})

/**
 * Reads which image a signed content speaks of. What is signed and is no claim about one image - a
 * blob, an attestation of another predicate, no digest or several - throws `UNTRUSTED_CLAIM`, what
 * is not even that throws `UNTRUSTED_MALFORMED_SIGNATURE`. Call it only for content whose signature
 * is proven: it does not prove anything.
 */
export function readImageClaim(content: SignedContent): ImageClaim {
  switch (content.kind) {
    case 'dsse':
      return readStatement(content.payloadType, content.payload)
    case 'message':
      return readPayload(content.payload)
    case 'digest':
      throw noClaim('only a digest of it is known')
  }
}

/** Checks that a claim is about the digest that the registry resolved (`UNTRUSTED_DIGEST_MISMATCH`). */
export function checkClaimDigest(claim: ImageClaim, digest: string): void {
  if (claim.digest === digest) return
  throw new TrustError(
    'UNTRUSTED_DIGEST_MISMATCH',
    `the signature is for ${claim.digest}, not for ${digest}`,
  )
}

function readPayload(payload: Buffer): ImageClaim {
  const { critical } = readJson(PayloadSchema, 'simple-signing payload', payload)
  if (!PAYLOAD_TYPES.includes(critical.type)) {
    throw noClaim(`the payload is of type ${quote(critical.type)}`)
  }
  const dockerReference = critical.identity['docker-reference']
  return {
    digest: checkDigest(critical.image['docker-manifest-digest']),
    ...(dockerReference ? { dockerReference } : {}),
  }
}

function readStatement(payloadType: string, payload: Buffer): ImageClaim {
  if (payloadType !== ENVELOPE_TYPE) {
    throw noClaim(`the envelope holds ${quote(payloadType)} instead of an in-toto statement`)
  }
  const statement = readJson(StatementSchema, 'in-toto statement', payload)
  if (!STATEMENT_TYPES.includes(statement._type)) {
    throw noClaim(`the statement is of type ${quote(statement._type)}`)
  }
  if (statement.predicateType !== COSIGN_SIGN) {
    throw noClaim(`the statement has the predicate type ${quote(statement.predicateType)}`)
  }
  const [digest, other] = new Set(statement.subject.map((each) => `sha256:${each.digest.sha256}`))
  if (digest === undefined) throw noClaim('the statement has no subject')
  if (other !== undefined) throw noClaim('the statement has subjects of different digests')
  return { digest: checkDigest(digest) }
}

function checkDigest(digest: string): string {
  if (DIGEST.test(digest)) return digest
  throw noClaim(`${quote(digest)} is no digest of an image`)
}

function noClaim(what: string): TrustError {
  return new TrustError('UNTRUSTED_CLAIM', `what is signed is no claim about an image: ${what}`)
}
