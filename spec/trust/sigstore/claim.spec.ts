import { describe, expect, test } from 'bun:test'
import { checkClaimDigest, readImageClaim } from '../../../src/trust/sigstore/claim.ts'
import type { SignedContent } from '../../../src/trust/sigstore/evidence.ts'
import { imageStatement, simpleSigningPayload } from '../../support/sigstore/statement.ts'
import { outcomeOf } from '../outcome.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`
const OTHER = `sha256:${'cd'.repeat(32)}`
const SIGNATURE = Buffer.from('not looked at')
const NO_CLAIM = 'UNTRUSTED_CLAIM: what is signed is no claim about an image: '

function message(payload: Buffer | string): SignedContent {
  return { kind: 'message', payload: Buffer.from(payload), signature: SIGNATURE }
}

function dsse(payload: Buffer, payloadType = 'application/vnd.in-toto+json'): SignedContent {
  return { kind: 'dsse', payload, payloadType, signature: SIGNATURE }
}

describe('a claim about an image', () => {
  test.each(['cosign container image signature', 'https://sigstore.dev/cosign/sign/v1'])(
    'a simple-signing payload of type %s',
    (type) => {
      const payload = simpleSigningPayload(DIGEST, { type, reference: 'registry.example/app' })
      expect(readImageClaim(message(payload))).toEqual({
        digest: DIGEST,
        dockerReference: 'registry.example/app',
      })
    },
  )

  test.each(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'])(
    'a statement of type %s',
    (type) => {
      expect(readImageClaim(dsse(imageStatement(DIGEST, { type })))).toEqual({ digest: DIGEST })
    },
  )

  test('a statement that names one digest twice', () => {
    expect(readImageClaim(dsse(imageStatement([DIGEST, DIGEST])))).toEqual({ digest: DIGEST })
  })

  test('hole 3: a claim about another digest is worth nothing', () => {
    const claim = readImageClaim(message(simpleSigningPayload(OTHER)))
    expect(outcomeOf(() => checkClaimDigest(claim, DIGEST))).toBe(
      `UNTRUSTED_DIGEST_MISMATCH: the signature is for ${OTHER}, not for ${DIGEST}`,
    )
    expect(outcomeOf(() => checkClaimDigest(claim, OTHER))).toBe('accepted')
  })
})

describe('what is signed and is no claim', () => {
  test('hole 3: a blob that was signed with sign-blob', () => {
    expect(outcomeOf(() => readImageClaim(message('any text')))).toStartWith(
      'UNTRUSTED_MALFORMED_SIGNATURE: malformed simple-signing payload: ',
    )
    const manifest = JSON.stringify({ schemaVersion: 2, config: {}, layers: [] })
    expect(outcomeOf(() => readImageClaim(message(manifest)))).toBe(
      'UNTRUSTED_MALFORMED_SIGNATURE: malformed simple-signing payload: "/critical" is not as expected: required property',
    )
  })

  test.each([
    [
      'atomic container signature',
      `${NO_CLAIM}the payload is of type "atomic container signature"`,
    ],
    ['', `${NO_CLAIM}the payload is of type ""`],
  ])('a payload of type %p', (type, why) => {
    expect(outcomeOf(() => readImageClaim(message(simpleSigningPayload(DIGEST, { type }))))).toBe(
      why,
    )
  })

  test.each([
    '',
    'sha256:',
    DIGEST.toUpperCase(),
    `${DIGEST} `,
    `sha512:${'ab'.repeat(64)}`,
    'latest',
  ])('hole 3: the digest %p', (digest) => {
    const outcome = outcomeOf(() => readImageClaim(message(simpleSigningPayload(digest))))
    expect(outcome).toStartWith(`${NO_CLAIM}"`)
    expect(outcome).toEndWith(' is no digest of an image')
  })

  test.each([
    'https://slsa.dev/provenance/v1',
    'https://cosign.sigstore.dev/attestation/v1',
    'https://sigstore.dev/cosign/sign/v2',
  ])('an attestation of the predicate type %s', (predicateType) => {
    const statement = imageStatement(DIGEST, { predicateType })
    expect(outcomeOf(() => readImageClaim(dsse(statement)))).toBe(
      `${NO_CLAIM}the statement has the predicate type "${predicateType}"`,
    )
  })

  test('a statement of another type', () => {
    const statement = imageStatement(DIGEST, { type: 'https://in-toto.io/Statement/v2' })
    expect(outcomeOf(() => readImageClaim(dsse(statement)))).toBe(
      `${NO_CLAIM}the statement is of type "https://in-toto.io/Statement/v2"`,
    )
  })

  test('an envelope of another type', () => {
    expect(outcomeOf(() => readImageClaim(dsse(imageStatement(DIGEST), 'text/plain')))).toBe(
      `${NO_CLAIM}the envelope holds "text/plain" instead of an in-toto statement`,
    )
  })

  test('a statement without a subject', () => {
    expect(outcomeOf(() => readImageClaim(dsse(imageStatement([]))))).toBe(
      `${NO_CLAIM}the statement has no subject`,
    )
  })

  test('hole 3: a statement with subjects of different digests', () => {
    expect(outcomeOf(() => readImageClaim(dsse(imageStatement([DIGEST, OTHER]))))).toBe(
      `${NO_CLAIM}the statement has subjects of different digests`,
    )
  })

  test('a signature over a digest of which nobody has the bytes', () => {
    const content = { kind: 'digest', digest: Buffer.alloc(32), signature: SIGNATURE } as const
    expect(outcomeOf(() => readImageClaim(content))).toBe(`${NO_CLAIM}only a digest of it is known`)
  })

  test('hole 8: a member twice, of which readers would take different ones', () => {
    const payload = simpleSigningPayload(DIGEST)
      .toString()
      .replace('"image":', `"image":{"docker-manifest-digest":"${OTHER}"},"image":`)
    expect(outcomeOf(() => readImageClaim(message(payload)))).toStartWith(
      'UNTRUSTED_MALFORMED_SIGNATURE: malformed simple-signing payload: duplicate member "image"',
    )
  })
})
