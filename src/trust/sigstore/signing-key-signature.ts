import { constants, createHash, verify } from 'node:crypto'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from '@noble/curves/misc.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { PublicKey } from '../key.ts'
import type { OtherCurveKey, SigningKey } from './signing-key.ts'

/**
 * The hashes that cosign has signed with, by the length of r and s: its version 3 takes the hash that
 * fits the curve, older releases took SHA-256 for all.
 */
const ECDSA_HASHES: ReadonlyMap<number, readonly string[]> = new Map([
  [32, ['sha256']],
  [48, ['sha384', 'sha256']],
  [66, ['sha512', 'sha256']],
])

/** The JWK member of an Ed25519 key that holds its 32 bytes. */
const ED25519_BYTES = 'x'

/**
 * Tells whether a key made a signature over a message, in any of the ways in which cosign has signed
 * with such a key: ECDSA (DER), RSA with PKCS#1 v1.5 or PSS over SHA-256, Ed25519 pure or over the
 * SHA-512 (Ed25519ph, RFC 8032 5.1). Never throws for a signature of any bytes.
 */
export function verifySigningKeySignature(
  key: SigningKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (key.type) {
    case 'ecdsa':
      return (ECDSA_HASHES.get(key.scalarBytes) ?? []).some((hash) =>
        verify(hash, message, key.keyObject, signature),
      )
    case 'rsa':
      return verifyRsa(key, message, signature)
    case 'ed25519':
      return (
        verify(null, message, key.keyObject, signature) || verifyEd25519ph(key, message, signature)
      )
    case 'other-curve':
      return verifyOtherCurve(key, message, signature)
  }
}

/**
 * Tells whether an ECDSA key made a signature over a message of which only the SHA-256 is at hand. Other
 * keys sign the message in ways that a digest cannot be held against here: never.
 */
export function verifySigningKeyDigest(
  key: SigningKey,
  sha256: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (key.type !== 'ecdsa') return false
  const curve = [p256, p384, p521].find((each) => each.Point.Fn.BYTES === key.scalarBytes)
  const { x = '', y = '' } = key.keyObject.export({ format: 'jwk' })
  const point = Buffer.from(`04${hexOf(x, key.scalarBytes)}${hexOf(y, key.scalarBytes)}`, 'hex')
  return withoutThrowing(
    () =>
      curve?.verify(Uint8Array.from(signature), Uint8Array.from(sha256), Uint8Array.from(point), {
        prehash: false,
        format: 'der',
        lowS: false,
      }) ?? false,
  )
}

function hexOf(coordinate: string, bytes: number): string {
  return Buffer.from(coordinate, 'base64url')
    .toString('hex')
    .padStart(2 * bytes, '0')
}

function verifyRsa(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const pkcs1 = { key: key.keyObject, padding: constants.RSA_PKCS1_PADDING }
  const pss = {
    key: key.keyObject,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_AUTO,
  }
  return [pkcs1, pss].some((way) => verify('sha256', message, way, signature))
}

function verifyEd25519ph(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const bytes = key.keyObject.export({ format: 'jwk' })[ED25519_BYTES]
  if (typeof bytes !== 'string' || signature.length !== 64) return false
  const publicKey = Uint8Array.from(Buffer.from(bytes, 'base64url'))
  return withoutThrowing(() =>
    ed25519ph.verify(Uint8Array.from(signature), Uint8Array.from(message), publicKey, {
      zip215: false,
    }),
  )
}

function verifyOtherCurve(
  { curve, point }: OtherCurveKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const digest = createHash('sha256').update(message).digest()
  return withoutThrowing(() =>
    curveOf(curve).verify(
      Uint8Array.from(signature),
      Uint8Array.from(digest),
      Uint8Array.from(point),
      {
        prehash: false,
        format: 'der',
        lowS: false,
      },
    ),
  )
}

function curveOf(curve: OtherCurveKey['curve']) {
  switch (curve) {
    case 'secp256k1':
      return secp256k1
    case 'brainpoolP256r1':
      return brainpoolP256r1
    case 'brainpoolP384r1':
      return brainpoolP384r1
    case 'brainpoolP512r1':
      return brainpoolP512r1
  }
}

/** @noble/curves throws for bytes that are no signature at all. */
function withoutThrowing(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}
