import { verify } from 'node:crypto'
import type { PublicKey } from '../key.ts'

/** Tells whether a log signed bytes: pure Ed25519, or SHA-256 with ECDSA (DER) or RSA (PKCS#1 v1.5). */
export function verifyLogSignature(
  { type, keyObject }: PublicKey,
  bytes: Buffer,
  signature: Buffer,
): boolean {
  return verify(type === 'ed25519' ? null : 'sha256', bytes, keyObject, signature)
}
