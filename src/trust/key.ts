import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { parsePem } from './pem.ts'

/** The smallest RSA modulus that counts, in bits (the notary client refuses less as well). */
const MIN_RSA_BITS = 2048

/** ECDSA curves by their OpenSSL name, with the length of r and of s in bytes. */
const CURVES: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
])

/** A public key of a kind and strength that counts. */
export type PublicKey = {
  /**
   * Names the key itself, whatever its encoding: hex SHA-256 over its JWK members. Two encodings
   * of one key (certificate and bare key, compressed and uncompressed point) share it, so that
   * one signer is counted once.
   */
  readonly identity: string
  readonly keyObject: KeyObject
} & (
  | { readonly type: 'ecdsa'; readonly scalarBytes: number }
  | { readonly type: 'rsa' | 'ed25519' }
)

/**
 * Parses what an operator pins as a trust root: one PEM public key, or the certificate that holds
 * it. Throws a `SyntaxError` that says what is there instead.
 */
export function parsePublicKeyPem(text: string): PublicKey {
  const [block, second] = parsePem(text)
  if (block === undefined || second !== undefined) {
    throw new SyntaxError('more than one PEM block where one public key is expected')
  }
  if (block.label.endsWith('PRIVATE KEY')) {
    throw new SyntaxError('a private key where a public key belongs')
  }
  if (block.label === 'CERTIFICATE') return readCertificateKey(block.der)
  if (block.label === 'PUBLIC KEY') return readSpki(block.der)
  throw new SyntaxError(`a ${block.label} block where a PUBLIC KEY or CERTIFICATE is expected`)
}

/** Reads the public key of a DER or PEM certificate; throws a `SyntaxError`. */
export function readCertificateKey(certificate: Buffer): PublicKey {
  try {
    return toPublicKey(new X509Certificate(certificate).publicKey)
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cause
    throw new SyntaxError('a certificate that cannot be read', { cause })
  }
}

/** Reads a DER SubjectPublicKeyInfo; throws a `SyntaxError`. */
export function readSpki(der: Buffer): PublicKey {
  let keyObject: KeyObject
  try {
    keyObject = createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch (cause) {
    throw new SyntaxError('a public key that cannot be read', { cause })
  }
  return toPublicKey(keyObject)
}

function toPublicKey(keyObject: KeyObject): PublicKey {
  const details = keyObject.asymmetricKeyDetails
  switch (keyObject.asymmetricKeyType) {
    case 'ec': {
      const scalarBytes = CURVES.get(details?.namedCurve ?? '')
      if (scalarBytes === undefined) {
        throw new SyntaxError(
          `an elliptic curve (${details?.namedCurve ?? 'unnamed'}) other than P-256, P-384 and P-521`,
        )
      }
      return { type: 'ecdsa', scalarBytes, keyObject, identity: identify(keyObject) }
    }
    case 'rsa': {
      const bits = details?.modulusLength ?? 0
      if (bits < MIN_RSA_BITS) {
        throw new SyntaxError(`an RSA key of ${bits} bits, at least ${MIN_RSA_BITS} are needed`)
      }
      return { type: 'rsa', keyObject, identity: identify(keyObject) }
    }
    case 'ed25519':
      return { type: 'ed25519', keyObject, identity: identify(keyObject) }
    default:
      throw new SyntaxError(`a key of type ${keyObject.asymmetricKeyType ?? 'unknown'}`)
  }
}

function identify(keyObject: KeyObject): string {
  const { kty, crv, x, y, n, e } = keyObject.export({ format: 'jwk' })
  return createHash('sha256')
    .update(JSON.stringify([kty, crv, x, y, n, e]))
    .digest('hex')
}
