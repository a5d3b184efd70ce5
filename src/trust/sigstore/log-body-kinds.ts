import { type TSchema, Type } from '@sinclair/typebox'
import { parsePem } from '../pem.ts'
import { malformed, NonEmptyBase64, readJson, text } from './read-json.ts'

/** What a log entry says that was signed, whatever its kind. */
export interface Logged {
  readonly signature: Buffer
  readonly digest: Buffer
  /** The hash of `digest`, by its name in node:crypto. */
  readonly hash: string
  /** Whether the digest is of what was signed or of the payload alone. */
  readonly of: 'signed bytes' | 'payload'
  /** The PEM block of a key or certificate. */
  readonly verifier: { readonly label: string; readonly der: Buffer }
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
  ['SHA2_256', 'sha256'],
  ['SHA2_384', 'sha384'],
  ['SHA2_512', 'sha512'],
])

/** Reads the body of one kind and version; `of` is the content that it can be about. */
interface Reader {
  readonly of: 'any' | 'dsse'
  readonly read: (body: Buffer) => Logged
}

const HexHash = Type.Object({
  algorithm: text(),
  value: Type.String({ pattern: '^[0-9a-f]{2,128}$' }),
})
const Base64Hash = Type.Object({ algorithm: text(), digest: NonEmptyBase64 })
const VerifierV2 = Type.Object({
  publicKey: Type.Optional(Type.Object({ rawBytes: NonEmptyBase64 })),
  x509Certificate: Type.Optional(Type.Object({ rawBytes: NonEmptyBase64 })),
})

const one = <Schema extends TSchema>(schema: Schema) =>
  Type.Array(schema, { minItems: 1, maxItems: 1, description: 'exactly one signature' })

const HashedRekordV1 = Type.Object({
  spec: Type.Object({
    data: Type.Object({ hash: HexHash }),
    signature: Type.Object({
      content: NonEmptyBase64,
      publicKey: Type.Object({ content: NonEmptyBase64 }),
    }),
  }),
})

const DsseV1 = Type.Object({
  spec: Type.Object({
    payloadHash: HexHash,
    signatures: one(Type.Object({ signature: NonEmptyBase64, verifier: NonEmptyBase64 })),
  }),
})

const IntotoV2 = Type.Object({
  spec: Type.Object({
    content: Type.Object({
      payloadHash: HexHash,
      envelope: Type.Object({
        signatures: one(Type.Object({ sig: NonEmptyBase64, publicKey: NonEmptyBase64 })),
      }),
    }),
  }),
})

const HashedRekordV2 = Type.Object({
  spec: Type.Object({
    hashedRekordV002: Type.Object({
      data: Base64Hash,
      signature: Type.Object({ content: NonEmptyBase64, verifier: VerifierV2 }),
    }),
  }),
})

const DsseV2 = Type.Object({
  spec: Type.Object({
    dsseV002: Type.Object({
      payloadHash: Base64Hash,
      signatures: one(Type.Object({ content: NonEmptyBase64, verifier: VerifierV2 })),
    }),
  }),
})

/** What reads each kind and version: Rekor v1's hashedrekord, dsse and intoto; Rekor v2's hashedrekord and dsse (0.0.2). */
export const BODY_READERS: ReadonlyMap<string, Reader> = new Map([
  ['hashedrekord 0.0.1', { of: 'any', read: readHashedRekordV1 }],
  ['hashedrekord 0.0.2', { of: 'any', read: readHashedRekordV2 }],
  ['dsse 0.0.1', { of: 'dsse', read: readDsseV1 }],
  ['dsse 0.0.2', { of: 'dsse', read: readDsseV2 }],
  ['intoto 0.0.2', { of: 'dsse', read: readIntotoV2 }],
])

const NAME = 'body of the log entry'

function readHashedRekordV1(body: Buffer): Logged {
  const { data, signature } = readJson(HashedRekordV1, NAME, body).spec
  return {
    signature: decode(signature.content),
    ...readHexHash(data.hash),
    of: 'signed bytes',
    verifier: readPemVerifier(signature.publicKey.content),
  }
}

function readHashedRekordV2(body: Buffer): Logged {
  const { data, signature } = readJson(HashedRekordV2, NAME, body).spec.hashedRekordV002
  return {
    signature: decode(signature.content),
    digest: decode(data.digest),
    hash: hashOf(data.algorithm),
    of: 'signed bytes',
    verifier: readDerVerifier(signature.verifier),
  }
}

function readDsseV1(body: Buffer): Logged {
  const { payloadHash, signatures } = readJson(DsseV1, NAME, body).spec
  const { signature, verifier } = only(signatures)
  return {
    signature: decode(signature),
    ...readHexHash(payloadHash),
    of: 'payload',
    verifier: readPemVerifier(verifier),
  }
}

function readDsseV2(body: Buffer): Logged {
  const { payloadHash, signatures } = readJson(DsseV2, NAME, body).spec.dsseV002
  const { content, verifier } = only(signatures)
  return {
    signature: decode(content),
    digest: decode(payloadHash.digest),
    hash: hashOf(payloadHash.algorithm),
    of: 'payload',
    verifier: readDerVerifier(verifier),
  }
}

/** Its signature is base64 of the base64 that stands in the envelope. */
function readIntotoV2(body: Buffer): Logged {
  const { payloadHash, envelope } = readJson(IntotoV2, NAME, body).spec.content
  const { sig, publicKey } = only(envelope.signatures)
  return {
    signature: Buffer.from(decode(sig).toString('latin1'), 'base64'),
    ...readHexHash(payloadHash),
    of: 'payload',
    verifier: readPemVerifier(publicKey),
  }
}

function readHexHash({ algorithm, value }: { algorithm: string; value: string }) {
  return { digest: Buffer.from(value, 'hex'), hash: hashOf(algorithm) }
}

function hashOf(algorithm: string): string {
  const hash = HASHES.get(algorithm)
  if (hash === undefined) throw malformed(NAME, 'a hash that is not SHA-256, SHA-384 or SHA-512')
  return hash
}

function readPemVerifier(base64: string): Logged['verifier'] {
  try {
    const [block, second] = parsePem(decode(base64).toString('latin1'))
    if (block !== undefined && second === undefined) return block
  } catch (cause) {
    throw malformed(NAME, cause instanceof Error ? cause.message : 'no PEM', cause)
  }
  throw malformed(NAME, 'more than one key')
}

function readDerVerifier({ publicKey, x509Certificate }: (typeof VerifierV2)['static']) {
  if ((publicKey === undefined) === (x509Certificate === undefined)) {
    throw malformed(NAME, 'not exactly one of publicKey and x509Certificate')
  }
  if (publicKey) return { label: 'PUBLIC KEY', der: decode(publicKey.rawBytes) }
  return { label: 'CERTIFICATE', der: decode(x509Certificate?.rawBytes ?? '') }
}

function only<Item>(items: readonly Item[]): Item {
  const [item] = items
  if (item === undefined) throw malformed(NAME, 'no signature')
  return item
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
