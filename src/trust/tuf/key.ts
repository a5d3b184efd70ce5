import { createHash, X509Certificate } from 'node:crypto'
import { quote } from '../../text/quote.ts'
import { canonicalJson } from '../canonical-json.ts'
import { type PublicKey, readCertificateKey, readSpki } from '../key.ts'
import { parsePem } from '../pem.ts'
import type { MetadataKey } from './metadata.ts'

/** Notary's `ed25519` keys are 32 bare bytes; this is what precedes them in an SPKI (RFC 8410). */
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** A key of a Notary repository. */
export interface RepositoryKey {
  readonly key: PublicKey
  /** For the key types `ecdsa-x509` and `rsa-x509`. */
  readonly certificate?: X509Certificate
}

/**
 * Reads a key of the metadata, whose id must be its own hash: otherwise one key could stand under
 * many ids. Throws a `SyntaxError`.
 */
export function readRepositoryKey(keyId: string, { keytype, keyval }: MetadataKey): RepositoryKey {
  if (keyId !== keyIdOf(keytype, keyval.public))
    throw new SyntaxError('its id is not the hash of the key')
  const bytes = Buffer.from(keyval.public, 'base64')
  const read = readPublic(keytype, bytes)
  const wanted = keytype.split('-')[0]
  if (read.key.type !== wanted) throw new SyntaxError(`a ${read.key.type} key is called ${keytype}`)
  return read
}

/**
 * Computes the id that a key has in every repository, and in `notary key list`: that of the bare key,
 * without a certificate (notary, tuf/utils/x509.go, CanonicalKeyID).
 */
export function canonicalIdOf({ type, keyObject }: PublicKey): string {
  const spki = keyObject.export({ format: 'der', type: 'spki' })
  const bare = type === 'ed25519' ? spki.subarray(ED25519_SPKI_PREFIX.length) : spki
  return keyIdOf(type, bare.toString('base64'))
}

function keyIdOf(keytype: string, base64: string): string {
  const described = { keytype, keyval: { private: null, public: base64 } }
  return createHash('sha256').update(canonicalJson(described)).digest('hex')
}

function readPublic(keytype: string, bytes: Buffer): RepositoryKey {
  switch (keytype) {
    case 'ecdsa':
    case 'rsa':
      return { key: readSpki(bytes) }
    case 'ecdsa-x509':
    case 'rsa-x509':
      return readCertificate(bytes)
    case 'ed25519':
      if (bytes.length !== 32) throw new SyntaxError(`an ed25519 key of ${bytes.length} bytes`)
      return { key: readSpki(Buffer.concat([ED25519_SPKI_PREFIX, bytes])) }
    default:
      throw new SyntaxError(`unknown key type ${quote(keytype)}`)
  }
}

/** The PEM may hold the issuers of the certificate as well; the certificate itself comes first. */
function readCertificate(pem: Buffer): RepositoryKey {
  const [leaf] = parsePem(pem.toString('latin1'))
  if (leaf?.label !== 'CERTIFICATE') throw new SyntaxError('no certificate in a key of type x509')
  return { key: readCertificateKey(leaf.der), certificate: new X509Certificate(leaf.der) }
}
