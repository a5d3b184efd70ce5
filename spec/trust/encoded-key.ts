import type { KeyObject } from 'node:crypto'

/** SPKI of a P-256 key with a compressed point, up to the point (RFC 5480 2.2, SEC 1 2.3.3). */
const COMPRESSED_P256 = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex')

/** A key on secp256k1 (its base point), which node:crypto of Bun cannot make. */
export const SECP256K1_SPKI = Buffer.from(
  `3056301006072a8648ce3d020106052b8104000a034200${[
    '0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
    '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8',
  ].join('')}`,
  'hex',
)

/** Encodes a public key as DER SubjectPublicKeyInfo. */
export function toSpki(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' })
}

/** Encodes a P-256 key as SubjectPublicKeyInfo with a compressed point. */
export function toCompressedSpki(key: KeyObject): Buffer {
  const point = toSpki(key).subarray(-64)
  const sign = 2 + ((point[63] ?? 0) & 1)
  return Buffer.concat([COMPRESSED_P256, Buffer.from([sign]), point.subarray(0, 32)])
}
