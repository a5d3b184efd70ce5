import { verify } from 'node:crypto'
import { type PublicKey, readSpki } from '../key.ts'
import { contentOf, type DerValue, readDer, readDerList, TAG } from './der.ts'

/** An X.509 certificate (RFC 5280 4.1), parsed; that it is signed by anybody is not said. */
export interface Certificate {
  readonly der: Buffer
  /** What its issuer signed. */
  readonly tbs: Buffer
  /** The DER of a distinguished name. */
  readonly issuer: Buffer
  /** The DER of a distinguished name. */
  readonly subject: Buffer
  /** The content of the INTEGER. */
  readonly serialNumber: Buffer
  readonly validity: { readonly start: Date; readonly end: Date }
  /** The DER of the SubjectPublicKeyInfo. */
  readonly spki: Buffer
  readonly key: PublicKey
  /** By the hex of the DER content of their object identifier. */
  readonly extensions: ReadonlyMap<string, CertificateExtension>
  readonly signature: { readonly algorithm: string; readonly bytes: Buffer }
}

/** An extension; `value` is what its OCTET STRING holds. */
export interface CertificateExtension {
  readonly critical: boolean
  readonly value: Buffer
}

/** Two chains of a bundle fit in; a real certificate takes 2 KiB. */
const MAX_BYTES = 32 * 1024

/** Signature algorithms by the hex of their object identifier (RFC 5758 3.2, RFC 8017 A.2.4). */
const HASHES: ReadonlyMap<string, readonly [type: PublicKey['type'], hash: string | null]> =
  new Map([
    ['2a8648ce3d040302', ['ecdsa', 'sha256']],
    ['2a8648ce3d040303', ['ecdsa', 'sha384']],
    ['2a8648ce3d040304', ['ecdsa', 'sha512']],
    ['2a864886f70d01010b', ['rsa', 'sha256']],
    ['2a864886f70d01010c', ['rsa', 'sha384']],
    ['2a864886f70d01010d', ['rsa', 'sha512']],
    ['2b6570', ['ed25519', null]],
  ])

const VERSION_TAG = 0xa0
const EXTENSIONS_TAG = 0xa3
/** Version 3, the only one with extensions. */
const VERSION_3 = Buffer.from([2, 1, 2])

/** Parses a DER certificate; throws a `SyntaxError` that says what is wrong with it. */
export function parseCertificate(der: Buffer): Certificate {
  if (der.length > MAX_BYTES) throw new SyntaxError(`a certificate of more than ${MAX_BYTES} bytes`)
  const [tbs, algorithm, signature, more] = readDerList(sequence(readDer(der)))
  if (tbs === undefined || algorithm === undefined || more !== undefined) {
    throw new SyntaxError('a certificate that does not have three parts')
  }
  const [version, serial, inner, issuer, validity, subject, spki, ...rest] = readDerList(
    sequence(tbs),
  )
  if (version?.tag !== VERSION_TAG || !version.content.equals(VERSION_3)) {
    throw new SyntaxError('a certificate of another version than 3')
  }
  if (inner === undefined || !inner.raw.equals(algorithm.raw)) {
    throw new SyntaxError('a certificate that names two signature algorithms')
  }
  const [start, end] = readDerList(sequence(validity))
  return {
    der,
    tbs: tbs.raw,
    issuer: sequence(issuer).raw,
    subject: sequence(subject).raw,
    serialNumber: contentOf(serial, TAG.integer),
    validity: { start: readTime(start), end: readTime(end) },
    spki: sequence(spki).raw,
    key: readSpki(sequence(spki).raw),
    extensions: readExtensions(rest.find(({ tag }) => tag === EXTENSIONS_TAG)),
    signature: {
      algorithm: contentOf(readDerList(sequence(algorithm))[0], TAG.objectIdentifier).toString(
        'hex',
      ),
      bytes: readBits(signature),
    },
  }
}

/** Tells whether the key of an issuer signed a certificate. Names are the caller's to compare. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const [type, hash] = HASHES.get(certificate.signature.algorithm) ?? []
  if (type !== issuer.key.type || hash === undefined) return false
  return verify(hash, certificate.tbs, issuer.key.keyObject, certificate.signature.bytes)
}

function readExtensions(value: DerValue | undefined): ReadonlyMap<string, CertificateExtension> {
  const extensions = new Map<string, CertificateExtension>()
  if (value === undefined) return extensions
  for (const extension of readDerList(sequence(readDerList(value)[0]))) {
    const parts = readDerList(sequence(extension))
    const oid = contentOf(parts[0], TAG.objectIdentifier).toString('hex')
    if (extensions.has(oid)) throw new SyntaxError('a certificate with an extension twice')
    const critical = parts.length === 3 && contentOf(parts[1], TAG.boolean).equals(TRUE)
    extensions.set(oid, { critical, value: contentOf(parts.at(-1), TAG.octetString) })
  }
  return extensions
}

const TRUE = Buffer.from([0xff])

function sequence(value: DerValue | undefined): DerValue {
  if (value?.tag !== TAG.sequence) throw new SyntaxError('a certificate with a part missing')
  return value
}

/** Whole bytes only: signatures have no unused bits. */
function readBits(value: DerValue | undefined): Buffer {
  const content = contentOf(value, TAG.bitString)
  if (content[0] !== 0) throw new SyntaxError('a signature with unused bits')
  return content.subarray(1)
}

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/** Reads UTCTime (1950 to 2049) or GeneralizedTime, as RFC 5280 4.1.2.5 has them. */
function readTime(value: DerValue | undefined): Date {
  const text = value?.content.toString('latin1') ?? ''
  const isUtc = value?.tag === TAG.utcTime
  const pattern = isUtc ? UTC_TIME : GENERALIZED_TIME
  const [, year = '', month, day, hour, minute, second] = pattern.exec(text) ?? []
  const century = isUtc ? (Number(year) < 50 ? '20' : '19') : ''
  const time = new Date(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(time.getTime()) || (!isUtc && value?.tag !== TAG.generalizedTime)) {
    throw new SyntaxError('a certificate with a time that is none')
  }
  return time
}
