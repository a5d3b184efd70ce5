import { describe, expect, test } from 'bun:test'
import { createHash, sign } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import fc from 'fast-check'
import { readSpki } from '../../src/trust/key.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import { createKeyPair } from '../support/key-pair.ts'
import { toSpki } from './encoded-key.ts'

/** Curve, SPKI up to the point (RFC 5480), length of the uncompressed point in bytes. */
const CURVES = [
  ['p256', p256, '3059301306072a8648ce3d020106082a8648ce3d030107034200', 65],
  ['p384', p384, '3076301006072a8648ce3d020106052b81040022036200', 97],
  ['p521', p521, '30819b301006072a8648ce3d020106052b8104002303818600', 133],
] as const
/** SPKI up to the key (RFC 8410). */
const ED25519 = '302a300506032b6570032100'

/** Notary signs over SHA-256 on every curve and accepts s in its upper half. */
const SHA256 = { prehash: false, lowS: false, format: 'compact' } as const
const OPTIONS = { numRuns: 15 }
const message = fc.uint8Array({ maxLength: 300 })

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const spki = (prefix: string, point: Uint8Array) =>
  readSpki(Buffer.concat([Buffer.from(prefix, 'hex'), point]))
const flip = (bytes: Uint8Array, bit: number) =>
  bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

describe.each(CURVES)('ecdsa on %s, beside @noble/curves', (kind, curve, prefix, pointBytes) => {
  const { secretKey } = curve.keygen()
  const ours = spki(prefix, curve.getPublicKey(secretKey, false))
  const pair = createKeyPair(kind)

  test('verifies what the other signs', () => {
    fc.assert(
      fc.property(message, (bytes) => {
        const signature = curve.sign(sha256(bytes), secretKey, SHA256)
        expect(verifySignature(ours, 'ecdsa', bytes, signature)).toBe(true)
      }),
      OPTIONS,
    )
  })

  test('agrees on what node:crypto signs, and on every flipped bit of it', () => {
    const point = toSpki(pair.publicKey).subarray(-pointBytes)
    fc.assert(
      fc.property(message, fc.nat(), (bytes, at) => {
        const signature = new Uint8Array(
          sign('sha256', bytes, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }),
        )
        const flipped = flip(signature, at % (8 * signature.length))
        const key = readSpki(toSpki(pair.publicKey))
        expect(verifySignature(key, 'ecdsa', bytes, signature)).toBe(true)
        expect(curve.verify(signature, sha256(bytes), point, SHA256)).toBe(true)
        expect(verifySignature(key, 'ecdsa', bytes, flipped)).toBe(false)
      }),
      OPTIONS,
    )
  })

  test('refuses the signature of another message and of another key', () => {
    const other = readSpki(toSpki(pair.publicKey))
    fc.assert(
      fc.property(message, message, (bytes, otherBytes) => {
        const signature = curve.sign(sha256(bytes), secretKey, SHA256)
        const isSame = Buffer.compare(bytes, otherBytes) === 0
        expect(verifySignature(ours, 'ecdsa', otherBytes, signature)).toBe(isSame)
        expect(verifySignature(other, 'ecdsa', bytes, signature)).toBe(false)
      }),
      OPTIONS,
    )
  })
})

describe('eddsa on ed25519, beside @noble/curves', () => {
  const { secretKey, publicKey } = ed25519.keygen()
  const ours = spki(ED25519, publicKey)
  const pair = createKeyPair('ed25519')

  test('verifies what the other signs, and no flipped bit of it', () => {
    fc.assert(
      fc.property(message, fc.nat(), (bytes, at) => {
        const signature = ed25519.sign(bytes, secretKey)
        expect(verifySignature(ours, 'eddsa', bytes, signature)).toBe(true)
        expect(verifySignature(ours, 'eddsa', bytes, flip(signature, at % 512))).toBe(false)
      }),
      OPTIONS,
    )
  })

  test('agrees on what node:crypto signs, and on another message', () => {
    const key = toSpki(pair.publicKey).subarray(-32)
    fc.assert(
      fc.property(message, message, (bytes, otherBytes) => {
        const signature = new Uint8Array(sign(null, bytes, pair.privateKey))
        expect(ed25519.verify(signature, bytes, key)).toBe(true)
        const read = readSpki(toSpki(pair.publicKey))
        const isSame = Buffer.compare(bytes, otherBytes) === 0
        expect(verifySignature(read, 'eddsa', otherBytes, signature)).toBe(isSame)
      }),
      OPTIONS,
    )
  })
})
