import { type Static, Type } from '@sinclair/typebox'
import { quote } from '../../text/quote.ts'
import { parsePem } from '../pem.ts'
import type { Evidence, LogEntry } from './evidence.ts'
import { isBase64, malformed, NonEmptyBase64, readJson, text } from './read-json.ts'

/** The annotations of a layer in which cosign keeps the proof of a simple-signing payload. */
const ANNOTATIONS = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  logEntry: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const

/** A chain of RSA certificates has some 10 000 characters. */
const MAX_CHARACTERS = 65_536
/** As many as a bundle may have. */
const MAX_CERTIFICATES = 8

/** Rekor's answer as cosign keeps it; its numbers are numbers, whatever a bundle has. */
const RekorBundleSchema = Type.Object({
  SignedEntryTimestamp: NonEmptyBase64,
  Payload: Type.Object({
    body: NonEmptyBase64,
    integratedTime: Type.Integer({ minimum: 0, description: 'a number of seconds' }),
    logIndex: Type.Integer({ minimum: 0, description: 'a number that is not negative' }),
    logID: Type.String({ pattern: '^[0-9a-f]{64}$', description: '64 hex digits' }),
  }),
})

const TimestampSchema = Type.Object({ SignedRFC3161Timestamp: NonEmptyBase64 })

const BodySchema = Type.Object({ kind: text(), apiVersion: text() })

/** The annotations of the layer (an OCI descriptor) that holds a payload. */
export type LayerAnnotations = Readonly<Record<string, string>>

/**
 * Reads a signature as cosign's `.sig` images and their OCI 1.1 form hold it: the layer's bytes are the
 * simple-signing payload, its annotations the rest. Throws `UNTRUSTED_MALFORMED_SIGNATURE`.
 */
export function parseSimpleSigning(payload: Uint8Array, annotations: LayerAnnotations): Evidence {
  const read = (name: string) => {
    const text = Object.hasOwn(annotations, name) ? annotations[name] : undefined
    if (text === undefined || text.length <= MAX_CHARACTERS) return text
    throw malformed('signature', `the annotation ${quote(name)} is longer than ${MAX_CHARACTERS}`)
  }
  const certificate = readPem('certificate', read(ANNOTATIONS.certificate))
  if (certificate.length > 1) throw malformed('signature', 'two certificates of the signer')
  const chain = certificate.length > 0 ? readPem('chain', read(ANNOTATIONS.chain)) : []
  if (chain.length > MAX_CERTIFICATES) throw malformed('signature', 'too many certificates')
  const logEntry = readLogEntry(read(ANNOTATIONS.logEntry))
  const timestamp = readTimestamp(read(ANNOTATIONS.timestamp))
  return {
    form: 'simple signing',
    content: {
      kind: 'message',
      payload: Buffer.from(payload),
      signature: readSignature(read(ANNOTATIONS.signature)),
    },
    certificates: [...certificate, ...chain],
    logEntries: logEntry === undefined ? [] : [logEntry],
    timestamps: timestamp === undefined ? [] : [timestamp],
  }
}

function readSignature(annotation: string | undefined): Buffer {
  if (annotation === undefined || annotation === '') {
    throw malformed('signature', `the layer has no annotation ${quote(ANNOTATIONS.signature)}`)
  }
  if (!isBase64(annotation)) throw malformed('signature', 'not base64')
  return Buffer.from(annotation, 'base64')
}

/** Cosign writes an empty text where there is none. */
function readPem(name: string, annotation: string | undefined): readonly Buffer[] {
  if (annotation === undefined || annotation.trim() === '') return []
  try {
    return parsePem(annotation).map(({ label, der }) => {
      if (label !== 'CERTIFICATE') throw malformed(name, `a ${label} block`)
      return der
    })
  } catch (cause) {
    if (cause instanceof SyntaxError) throw malformed(name, cause.message, cause)
    throw cause
  }
}

function readLogEntry(annotation: string | undefined): LogEntry | undefined {
  if (annotation === undefined || annotation === '' || annotation === 'null') return undefined
  const entry: Static<typeof RekorBundleSchema> = readJson(
    RekorBundleSchema,
    'log entry',
    Buffer.from(annotation),
  )
  const { body, integratedTime, logIndex, logID } = entry.Payload
  const bytes = Buffer.from(body, 'base64')
  const { kind, apiVersion } = readJson(BodySchema, 'body of the log entry', bytes)
  return {
    kind,
    version: apiVersion,
    logId: Buffer.from(logID, 'hex'),
    logIndex,
    integratedTime,
    body: bytes,
    signedEntryTimestamp: Buffer.from(entry.SignedEntryTimestamp, 'base64'),
  }
}

function readTimestamp(annotation: string | undefined): Buffer | undefined {
  if (annotation === undefined || annotation === '' || annotation === 'null') return undefined
  const read = readJson(TimestampSchema, 'timestamp', Buffer.from(annotation))
  return Buffer.from(read.SignedRFC3161Timestamp, 'base64')
}
