import { createHash, verify } from 'node:crypto'
import type { Certificate } from './certificate.ts'
import { untrusted } from './certificate-chain.ts'
import { EXTENSION } from './certificate-uses.ts'
import { contentOf, readDer, readDerList, TAG, writeDer } from './der.ts'
import { isWithin, type Log } from './material.ts'

/** A promise of a certificate-transparency log to list a certificate (RFC 6962 3.2). */
interface SignedCertificateTimestamp {
  readonly logId: Buffer
  readonly timestamp: Buffer
  readonly extensions: Buffer
  readonly signature: Buffer
}

const EXTENSIONS_TAG = 0xa3
/** HashAlgorithm sha256 of TLS (RFC 5246 7.4.1.4.1), the only one of RFC 6962 2.1.4. */
const SHA256 = 4
const MAX_TIMESTAMPS = 8

/**
 * Verifies that a known certificate-transparency log promised to list a certificate: one promise of a
 * log that is trusted at that time at least, and none of such a log that is forged. Throws
 * `UNTRUSTED_CERTIFICATE`.
 */
export function verifyCertificateTimestamp(
  leaf: Certificate,
  issuer: Certificate,
  logs: readonly Log[],
): void {
  const timestamps = readTimestamps(leaf)
  if (timestamps.length === 0) throw untrusted('no certificate-transparency log lists it')
  const known = timestamps.flatMap((timestamp) => {
    const time = new Date(Number(timestamp.timestamp.readBigUInt64BE()))
    const found = logs.filter(
      (log) => log.ids.some((id) => id.equals(timestamp.logId)) && isWithin(log.validity, time),
    )
    return found.length > 0 ? [{ timestamp, found }] : []
  })
  if (known.length === 0) throw untrusted('no trusted certificate-transparency log lists it')
  const entry = preCertificateEntry(leaf, issuer)
  for (const { timestamp, found } of known) {
    const bytes = signedBytes(timestamp, entry)
    const isSigned = found.some(({ key }) =>
      verify('sha256', bytes, key.keyObject, timestamp.signature),
    )
    if (!isSigned) throw untrusted('the promise of a certificate-transparency log is forged')
  }
}

function readTimestamps({ extensions }: Certificate): readonly SignedCertificateTimestamp[] {
  const extension = extensions.get(EXTENSION.timestampList)
  if (extension === undefined) return []
  try {
    const list = new TlsReader(contentOf(readDer(extension.value), TAG.octetString))
    const entries = new TlsReader(list.vector())
    list.end()
    const timestamps: SignedCertificateTimestamp[] = []
    while (!entries.isAtEnd() && timestamps.length < MAX_TIMESTAMPS) {
      const timestamp = readTimestamp(new TlsReader(entries.vector()))
      if (timestamp !== undefined) timestamps.push(timestamp)
    }
    return timestamps
  } catch (cause) {
    throw untrusted('its list of certificate-transparency promises is malformed', cause)
  }
}

/** Other versions than 1 (encoded as 0) and other hashes are not known, which is not forged. */
function readTimestamp(reader: TlsReader): SignedCertificateTimestamp | undefined {
  const version = reader.bytes(1)[0]
  if (version !== 0) return undefined
  const logId = reader.bytes(32)
  const timestamp = reader.bytes(8)
  const extensions = reader.vector()
  const hash = reader.bytes(2)[0]
  const signature = reader.vector()
  reader.end()
  return hash === SHA256 ? { logId, timestamp, extensions, signature } : undefined
}

/** The certificate as the log saw it: without the list of promises (RFC 6962 3.2, PreCert). */
function preCertificateEntry(leaf: Certificate, issuer: Certificate): Buffer {
  const parts = readDerList(readDer(leaf.tbs)).map((part) => {
    if (part.tag !== EXTENSIONS_TAG) return part.raw
    const kept = readDerList(readDer(part.content)).filter((extension) => {
      const oid = contentOf(readDerList(extension)[0], TAG.objectIdentifier)
      return oid.toString('hex') !== EXTENSION.timestampList
    })
    return writeDer(EXTENSIONS_TAG, writeDer(TAG.sequence, ...kept.map(({ raw }) => raw)))
  })
  const tbs = writeDer(TAG.sequence, ...parts)
  const length = Buffer.alloc(3)
  length.writeUIntBE(tbs.length, 0, 3)
  return Buffer.concat([createHash('sha256').update(issuer.spki).digest(), length, tbs])
}

/** The digitally-signed struct: v1, certificate_timestamp, precert_entry (RFC 6962 3.2). */
function signedBytes({ timestamp, extensions }: SignedCertificateTimestamp, entry: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(extensions.length)
  const [version, signatureType, entryType] = [
    Buffer.from([0]),
    Buffer.from([0]),
    Buffer.from([0, 1]),
  ]
  return Buffer.concat([version, signatureType, timestamp, entryType, entry, length, extensions])
}

/** Reads the presentation language of TLS (RFC 5246 4). */
class TlsReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  bytes(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new SyntaxError('cut short')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  /** Bytes behind their length of two bytes. */
  vector(): Buffer {
    return this.bytes(this.bytes(2).readUInt16BE())
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  end(): void {
    if (!this.isAtEnd()) throw new SyntaxError('bytes behind the end')
  }
}
