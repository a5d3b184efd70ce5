import { createHash } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import { quote } from '../../text/quote.ts'
import type { Evidence, EvidenceForm, InclusionProof, LogEntry, SignedContent } from './evidence.ts'
import { Base64, malformed, NonEmptyBase64, readJson, text } from './read-json.ts'

/** More than any signature has; bounds the work per bundle. */
const MAX_LOG_ENTRIES = 8
const MAX_TIMESTAMPS = 8
const MAX_CERTIFICATES = 8
/** Enough for a tree of 2^64 entries. */
const MAX_HASHES = 64

const MEDIA_TYPES: ReadonlyMap<string, EvidenceForm> = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', 'bundle v0.1'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', 'bundle v0.2'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', 'bundle v0.3'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', 'bundle v0.3'],
])

/** An int64 of protocol buffers: a text of digits, or a number. */
const Int64 = Type.Union(
  [Type.String({ pattern: '^(?:0|[1-9][0-9]{0,15})$' }), Type.Integer({ minimum: 0 })],
  { description: 'a number that is not negative' },
)

const Certificate = Type.Object({ rawBytes: NonEmptyBase64 })

const LogEntrySchema = Type.Object({
  logIndex: Type.Optional(Int64),
  logId: Type.Object({ keyId: NonEmptyBase64 }),
  kindVersion: Type.Object({ kind: text(), version: text() }),
  integratedTime: Type.Optional(Int64),
  inclusionPromise: Type.Optional(Type.Object({ signedEntryTimestamp: NonEmptyBase64 })),
  inclusionProof: Type.Optional(
    Type.Object({
      logIndex: Type.Optional(Int64),
      treeSize: Type.Optional(Int64),
      rootHash: Type.Optional(Base64),
      hashes: Type.Optional(Type.Array(NonEmptyBase64, { maxItems: MAX_HASHES })),
      checkpoint: Type.Optional(Type.Object({ envelope: text({ maxLength: 16_384 }) })),
    }),
  ),
  canonicalizedBody: NonEmptyBase64,
})

const BundleSchema = Type.Object({
  mediaType: text(),
  verificationMaterial: Type.Object({
    publicKey: Type.Optional(Type.Object({ hint: Type.Optional(text()) })),
    certificate: Type.Optional(Certificate),
    x509CertificateChain: Type.Optional(
      Type.Object({
        certificates: Type.Array(Certificate, { minItems: 1, maxItems: MAX_CERTIFICATES }),
      }),
    ),
    tlogEntries: Type.Optional(Type.Array(LogEntrySchema, { maxItems: MAX_LOG_ENTRIES })),
    timestampVerificationData: Type.Optional(
      Type.Object({
        rfc3161Timestamps: Type.Optional(
          Type.Array(Type.Object({ signedTimestamp: NonEmptyBase64 }), {
            maxItems: MAX_TIMESTAMPS,
          }),
        ),
      }),
    ),
  }),
  dsseEnvelope: Type.Optional(
    Type.Object({
      payload: NonEmptyBase64,
      payloadType: text({ minLength: 1 }),
      signatures: Type.Array(Type.Object({ sig: NonEmptyBase64 }), {
        minItems: 1,
        maxItems: 1,
        description: 'exactly one signature',
      }),
    }),
  ),
  messageSignature: Type.Optional(
    Type.Object({
      messageDigest: Type.Object({ algorithm: text(), digest: NonEmptyBase64 }),
      signature: NonEmptyBase64,
    }),
  ),
})

type Bundle = Static<typeof BundleSchema>

/**
 * Parses a Sigstore bundle of version 0.1 to 0.3. A bundle with a message signature does not hold what
 * it signs: `payload` are the bytes that it is held to sign, such as a simple-signing payload that
 * stands beside it. Without them it is read as a signature over the digest that it states, which can be
 * proven and is never the claim of an image. Throws `UNTRUSTED_MALFORMED_SIGNATURE`.
 */
export function parseBundle(bytes: Uint8Array, payload?: Uint8Array): Evidence {
  const bundle = readJson(BundleSchema, 'bundle', bytes)
  const form = MEDIA_TYPES.get(bundle.mediaType)
  if (form === undefined) throw malformed('bundle', `media type ${quote(bundle.mediaType)}`)
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial
  const timestamps = timestampVerificationData?.rfc3161Timestamps ?? []
  return {
    form,
    content: readContent(bundle, payload),
    certificates: readCertificates(bundle),
    logEntries: (tlogEntries ?? []).map((entry) => readLogEntry(entry, form)),
    timestamps: timestamps.map(({ signedTimestamp }) => decode(signedTimestamp)),
  }
}

function readContent(bundle: Bundle, payload: Uint8Array | undefined): SignedContent {
  const { dsseEnvelope, messageSignature } = bundle
  if (dsseEnvelope && messageSignature) throw malformed('bundle', 'two contents in it')
  if (dsseEnvelope) {
    const signature = dsseEnvelope.signatures.map(({ sig }) => decode(sig))[0] ?? Buffer.alloc(0)
    const { payloadType } = dsseEnvelope
    return { kind: 'dsse', payloadType, payload: decode(dsseEnvelope.payload), signature }
  }
  if (!messageSignature) throw malformed('bundle', 'no content in it')
  const signature = decode(messageSignature.signature)
  const { hash, digest } = readMessageDigest(messageSignature.messageDigest)
  if (payload === undefined) {
    if (hash !== 'sha256') throw malformed('bundle', 'a message digest other than SHA-256')
    return { kind: 'digest', digest, signature }
  }
  const copy = Buffer.from(payload)
  if (!createHash(hash).update(copy).digest().equals(digest)) {
    throw malformed('bundle', 'the message digest is not that of the payload')
  }
  return { kind: 'message', payload: copy, signature }
}

/** The names of protocol buffers for what a payload may be hashed with. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA2_256', 'sha256'],
  ['SHA2_384', 'sha384'],
  ['SHA2_512', 'sha512'],
])

type MessageSignature = NonNullable<Bundle['messageSignature']>

function readMessageDigest({ algorithm, digest }: MessageSignature['messageDigest']) {
  const hash = HASHES.get(algorithm)
  if (hash === undefined) throw malformed('bundle', 'a message digest of an unknown algorithm')
  return { hash, digest: decode(digest) }
}

function readCertificates({ verificationMaterial }: Bundle): readonly Buffer[] {
  const { publicKey, certificate, x509CertificateChain } = verificationMaterial
  const given = [publicKey, certificate, x509CertificateChain].filter((each) => each)
  if (given.length !== 1) {
    throw malformed('bundle', `${given.length} of publicKey, certificate and x509CertificateChain`)
  }
  const certificates = certificate ? [certificate] : (x509CertificateChain?.certificates ?? [])
  return certificates.map(({ rawBytes }) => decode(rawBytes))
}

/** Version 0.1 wants the log's promise, later ones want a proof with a checkpoint. */
function readLogEntry(entry: Static<typeof LogEntrySchema>, form: EvidenceForm): LogEntry {
  const { inclusionPromise, inclusionProof, integratedTime } = entry
  if (form === 'bundle v0.1' && !inclusionPromise) {
    throw malformed('bundle', 'a log entry without an inclusion promise')
  }
  if (form !== 'bundle v0.1' && !inclusionProof?.checkpoint) {
    throw malformed('bundle', 'a log entry without an inclusion proof and its checkpoint')
  }
  const proof = inclusionProof ? readProof(inclusionProof) : undefined
  const time = readInt64(integratedTime)
  return {
    ...entry.kindVersion,
    logId: decode(entry.logId.keyId),
    logIndex: readInt64(entry.logIndex),
    body: decode(entry.canonicalizedBody),
    ...(time === 0 ? {} : { integratedTime: time }),
    ...(inclusionPromise
      ? { signedEntryTimestamp: decode(inclusionPromise.signedEntryTimestamp) }
      : {}),
    ...(proof ? { inclusionProof: proof } : {}),
  }
}

type Proof = NonNullable<Static<typeof LogEntrySchema>['inclusionProof']>

/** A version 0.1 bundle may hold a proof without a checkpoint, which proves nothing. */
function readProof({ logIndex, hashes, checkpoint }: Proof): InclusionProof | undefined {
  if (!checkpoint) return undefined
  return {
    logIndex: readInt64(logIndex),
    hashes: (hashes ?? []).map(decode),
    checkpoint: checkpoint.envelope,
  }
}

/** Protocol buffers leave a zero out. */
function readInt64(value: string | number | undefined): number {
  const number = Number(value ?? 0)
  if (!Number.isSafeInteger(number)) throw malformed('bundle', `the number ${number} is too large`)
  return number
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
