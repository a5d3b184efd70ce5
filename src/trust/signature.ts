import { constants, verify } from 'node:crypto'
import type { PublicKey } from './key.ts'

/**
 * The signature methods of Notary: `ecdsa` is raw r‖s over SHA-256 whatever the curve, `rsapss`
 * is SHA-256 with a salt of 32 bytes, `eddsa` is pure Ed25519.
 */
export type SignatureMethod = 'ecdsa' | 'rsapss' | 'eddsa'

/** Tells whether a signature is valid; a method that does not fit the key is an invalid signature. */
export function verifySignature(
  key: PublicKey,
  method: SignatureMethod,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (method) {
    case 'ecdsa':
      return (
        key.type === 'ecdsa' &&
        signature.length === 2 * key.scalarBytes &&
        verify('sha256', message, { key: key.keyObject, dsaEncoding: 'ieee-p1363' }, signature)
      )
    case 'rsapss':
      return (
        key.type === 'rsa' &&
        verify(
          'sha256',
          message,
          { key: key.keyObject, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
          signature,
        )
      )
    case 'eddsa':
      return key.type === 'ed25519' && verify(null, message, key.keyObject, signature)
  }
}
