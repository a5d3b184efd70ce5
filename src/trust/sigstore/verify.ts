import { TrustError } from '../errors.ts'
import { verifyCertificateChain } from './certificate-chain.ts'
import { verifyCertificateTimestamp } from './certificate-timestamp.ts'
import { checkClaimDigest, type ImageClaim, readImageClaim } from './claim.ts'
import { type Evidence, signedBytesOf } from './evidence.ts'
import type { Identity } from './identity.ts'
import type { Verifier } from './log-body.ts'
import { type ProvenLogEntry, untrusted, verifyLogEntry } from './log-entry.ts'
import type { TrustMaterial } from './material.ts'
import {
  checkIdentity,
  readSigningCertificate,
  type SigningCertificate,
} from './signing-certificate.ts'
import type { SigningKey } from './signing-key.ts'
import { verifySigningKeyDigest, verifySigningKeySignature } from './signing-key-signature.ts'
import { verifyTimestamp } from './timestamp.ts'

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

/** What the proof of a signature is held against. */
export interface ExpectedProof {
  readonly signer: ExpectedSigner
  readonly material: TrustMaterial
  readonly requirements: Requirements
}

/** What a signature of an image is held against. */
export interface Expectation extends ExpectedProof {
  /** The digest that the registry resolved, `sha256:` and 64 lower-case hex digits. */
  readonly digest: string
}

/** A signature of the expected signer, whatever it says. */
export interface Proof {
  readonly signer: ProvenSigner
  /** The proven log entries; the same `id` in two signatures is one entry and counts once. */
  readonly logEntries: readonly ProvenLogEntry[]
  /** The moments at which the signature is proven to have existed. */
  readonly times: readonly TrustedTime[]
  /** Set where it counts as of now alone, which it will no more when its certificates end. */
  readonly expires?: Date
}

/** A signature of the expected signer, for the expected digest. */
export interface Signed extends Proof {
  readonly claim: ImageClaim
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

/** A time that somebody trusted has signed. */
export interface TrustedTime {
  readonly source: 'transparency log' | 'timestamp authority'
  readonly time: Date
}

/** How far the clocks of logs and authorities may be ahead of ours, in milliseconds. */
const MAX_CLOCK_SKEW_MS = 5 * 60 * 1000

/**
 * Verifies one signature of an image against one expected signer. It resolves nothing and keeps
 * nothing: equal input gives equal output. Throws a `TrustError` that says why the signature does not
 * count: those of `verifyProof`, `UNTRUSTED_CLAIM` or `UNTRUSTED_DIGEST_MISMATCH`.
 */
export function verifyEvidence(evidence: Evidence, expected: Expectation, now: Date): Signed {
  const proof = verifyProof(evidence, expected, now)
  const claim = readImageClaim(evidence.content)
  checkClaimDigest(claim, expected.digest)
  return { claim, ...proof }
}

/**
 * Verifies that the expected signer made a signature, whatever it is over. Throws `UNTRUSTED_SIGNATURE`
 * (not of this key), `UNTRUSTED_CERTIFICATE`, `UNTRUSTED_IDENTITY`, `UNTRUSTED_LOG_ENTRY`,
 * `UNTRUSTED_TIMESTAMP`, `UNTRUSTED_MALFORMED_SIGNATURE`, or `MISCONFIGURED_TRUST_MATERIAL`.
 */
export function verifyProof(evidence: Evidence, expected: ExpectedProof, now: Date): Proof {
  const { signer } = expected
  checkMaterial(expected)
  if (signer.kind === 'key') {
    verifyContent(evidence, signer.key)
    const verifier: Verifier = { kind: 'key', key: signer.key }
    const logEntries = verifyLogEntries(evidence, expected, verifier, [])
    const times = timesOf(logEntries, [], now)
    return { signer: { kind: 'key', id: signer.key.identity }, logEntries, times }
  }
  const certificate = readSigningCertificate(evidence.certificates)
  checkIdentity(certificate, signer.identity)
  verifyContent(evidence, certificate.leaf.key)
  const stamps = verifyTimestamps(evidence, expected.material)
  const verifier: Verifier = { kind: 'certificate', der: certificate.leaf.der }
  const logEntries = verifyLogEntries(evidence, expected, verifier, stamps)
  const times = timesOf(logEntries, stamps, now)
  const end = verifyCertificate(certificate, expected, times, now)
  const expires = times.length === 0 ? { expires: end } : {}
  return { signer: nameOf(certificate), logEntries, times, ...expires }
}

/** What a rule asks for must be possible at all, or nobody could ever fulfil it. */
function checkMaterial({ signer, material, requirements }: ExpectedProof): void {
  const isKeyless = signer.kind === 'keyless'
  const missing = [
    requirements.verifyInTransparencyLog && material.transparencyLogs.length === 0
      ? ['transparency log']
      : [],
    isKeyless && material.certificateAuthorities.length === 0 ? ['certificate authority'] : [],
    isKeyless && requirements.verifySCT && material.ctLogs.length === 0
      ? ['certificate-transparency log']
      : [],
  ].flat()
  if (missing.length === 0) return
  throw new TrustError(
    'MISCONFIGURED_TRUST_MATERIAL',
    `the trust material of the validator holds no ${missing.join(' and no ')}, which the rule needs`,
  )
}

function verifyContent({ content }: Evidence, key: SigningKey): void {
  const isSigned =
    content.kind === 'digest'
      ? verifySigningKeyDigest(key, content.digest, content.signature)
      : verifySigningKeySignature(key, signedBytesOf(content), content.signature)
  if (isSigned) return
  throw new TrustError('UNTRUSTED_SIGNATURE', 'the signature is not of the expected key')
}

/** Where nobody is trusted for timestamps they are no evidence; where somebody is, each has to hold. */
function verifyTimestamps(evidence: Evidence, material: TrustMaterial): readonly Date[] {
  if (material.timestampAuthorities.length === 0) return []
  if (
    new Set(evidence.timestamps.map((each) => each.toString('base64'))).size <
    evidence.timestamps.length
  ) {
    throw new TrustError('UNTRUSTED_TIMESTAMP', 'the signature has the same timestamp twice')
  }
  return evidence.timestamps.map((each) =>
    verifyTimestamp(each, evidence.content.signature, material.timestampAuthorities),
  )
}

/**
 * Where a rule wants the log, every entry has to hold, so that a forged one is noticed; where it does
 * not, those that hold still tell the time.
 */
function verifyLogEntries(
  { content, logEntries }: Evidence,
  { material, requirements }: ExpectedProof,
  verifier: Verifier,
  times: readonly Date[],
): readonly ProvenLogEntry[] {
  const expected = { content, verifier, logs: material.transparencyLogs, times }
  const proven = logEntries.flatMap((entry) => {
    try {
      return [verifyLogEntry(entry, expected)]
    } catch (error) {
      if (!requirements.verifyInTransparencyLog && error instanceof TrustError) return []
      throw error
    }
  })
  if (new Set(proven.map(({ id }) => id)).size !== proven.length) {
    throw untrusted('it is there twice')
  }
  if (requirements.verifyInTransparencyLog && proven.length === 0) {
    throw new TrustError(
      'UNTRUSTED_LOG_ENTRY',
      'the signature has no entry in a transparency log, which verifyInTransparencyLog: false would do without',
    )
  }
  return proven
}

/** A time ahead of ours proves nothing: the signature would have been made later. */
function timesOf(
  logEntries: readonly ProvenLogEntry[],
  stamps: readonly Date[],
  now: Date,
): readonly TrustedTime[] {
  const times: readonly TrustedTime[] = [
    ...logEntries.flatMap(({ integratedTime: time }) =>
      time === undefined ? [] : [{ source: 'transparency log', time } as const],
    ),
    ...stamps.map((time) => ({ source: 'timestamp authority', time }) as const),
  ]
  const future = times.find(({ time }) => time.getTime() > now.getTime() + MAX_CLOCK_SKEW_MS)
  if (future === undefined) return times
  throw new TrustError(
    'UNTRUSTED_TIMESTAMP',
    `the ${future.source} says ${future.time.toISOString()}, which is later than now`,
  )
}

/**
 * Fulcio's certificates live for minutes, so what counts is each time at which the signature is proven
 * to have existed. Without the log a rule may be content with now. Returns when the first of the
 * certificates ends.
 */
function verifyCertificate(
  { leaf, others }: SigningCertificate,
  { material, requirements }: ExpectedProof,
  times: readonly TrustedTime[],
  now: Date,
): Date {
  if (times.length === 0 && requirements.verifyInTransparencyLog) {
    throw new TrustError(
      'UNTRUSTED_TIMESTAMP',
      'neither a log nor a timestamp authority says when the signature was made',
    )
  }
  const moments = times.length === 0 ? [now] : times.map(({ time }) => time)
  const issuers = moments.map((moment) =>
    verifyCertificateChain(leaf, others, material.certificateAuthorities, moment),
  )
  if (requirements.verifySCT) {
    for (const issuer of new Set(issuers)) verifyCertificateTimestamp(leaf, issuer, material.ctLogs)
  }
  const ends = [leaf, ...others, ...issuers].map(({ validity }) => validity.end.getTime())
  return new Date(Math.min(...ends))
}

function nameOf({ issuer, subject }: SigningCertificate): ProvenSigner {
  return { kind: 'keyless', id: JSON.stringify([issuer, subject]), issuer, subject }
}
