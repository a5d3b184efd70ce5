import { describe, expect, test } from 'bun:test'
import { constants, createHash, sign } from 'node:crypto'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from '@noble/curves/misc.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type OtherCurve, parseSigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import { verifySigningKeySignature } from '../../../src/trust/sigstore/signing-key-signature.ts'
import { createKeyPair, type KeyPair, toPublicKeyPem } from '../../support/key-pair.ts'

const MESSAGE = Buffer.from('what is signed')

function keyOf(pair: KeyPair) {
  return parseSigningKey(toPublicKeyPem(pair))
}

describe('signatures of cosign keys', () => {
  test.each([
    ['p256', 'sha256'],
    ['p384', 'sha384'],
    ['p384', 'sha256'],
    ['p521', 'sha512'],
    ['p521', 'sha256'],
    ['rsa2048', 'sha256'],
  ] as const)('a %s key verifies over %s, as cosign has signed (sigstore-facts)', (kind, hash) => {
    const pair = createKeyPair(kind)
    const signature = sign(hash, MESSAGE, pair.privateKey)
    expect(verifySigningKeySignature(keyOf(pair), MESSAGE, signature)).toBe(true)
    expect(verifySigningKeySignature(keyOf(pair), Buffer.from('other'), signature)).toBe(false)
    expect(verifySigningKeySignature(keyOf(createKeyPair(kind)), MESSAGE, signature)).toBe(false)
  })

  test.each([
    ['p256', 'sha1'],
    ['p256', 'sha512'],
    ['p384', 'sha1'],
    ['rsa2048', 'sha1'],
  ] as const)('a %s key does not verify over %s, with which cosign never signed', (kind, hash) => {
    const pair = createKeyPair(kind)
    const signature = sign(hash, MESSAGE, pair.privateKey)
    expect(verifySigningKeySignature(keyOf(pair), MESSAGE, signature)).toBe(false)
  })

  test('an RSA key verifies PSS with any length of salt', () => {
    const pair = createKeyPair('rsa2048')
    for (const saltLength of [32, 20, 222]) {
      const way = { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
      const signature = sign('sha256', MESSAGE, way)
      expect(verifySigningKeySignature(keyOf(pair), MESSAGE, signature)).toBe(true)
    }
  })

  test('an Ed25519 key verifies pure and prehashed signatures (RFC 8032 5.1)', () => {
    const pair = createKeyPair('ed25519')
    const pure = sign(null, MESSAGE, pair.privateKey)
    expect(verifySigningKeySignature(keyOf(pair), MESSAGE, pure)).toBe(true)
    const seed = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
    const prehashed = ed25519ph.sign(Uint8Array.from(MESSAGE), Uint8Array.from(seed))
    expect(verifySigningKeySignature(keyOf(pair), MESSAGE, prehashed)).toBe(true)
    expect(verifySigningKeySignature(keyOf(pair), Buffer.from('other'), prehashed)).toBe(false)
  })

  test.each([
    ['secp256k1', secp256k1, '301006072a8648ce3d020106052b8104000a'],
    ['brainpoolP256r1', brainpoolP256r1, '301406072a8648ce3d020106092b2403030208010107'],
    ['brainpoolP384r1', brainpoolP384r1, '301406072a8648ce3d020106092b240303020801010b'],
    ['brainpoolP512r1', brainpoolP512r1, '301406072a8648ce3d020106092b240303020801010d'],
  ] as const)('a key on %s, which node:crypto cannot read, verifies', (curve, noble, algorithm) => {
    const { secretKey, publicKey } = noble.keygen()
    const point = Buffer.from(noble.Point.fromBytes(publicKey).toBytes(false))
    const key = parseSigningKey(otherCurvePem(algorithm, point))
    expect(key).toMatchObject({ type: 'other-curve', curve: curve satisfies OtherCurve, point })
    const digest = Uint8Array.from(createHash('sha256').update(MESSAGE).digest())
    const signature = noble.sign(digest, secretKey, { prehash: false, format: 'der' })
    expect(verifySigningKeySignature(key, MESSAGE, signature)).toBe(true)
    expect(verifySigningKeySignature(key, Buffer.from('other'), signature)).toBe(false)
  })

  test('bytes that are no signature at all are an invalid signature', () => {
    const other = secp256k1.keygen()
    const point = Buffer.from(secp256k1.Point.fromBytes(other.publicKey).toBytes(false))
    const keys = [
      ...(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const).map((kind) =>
        keyOf(createKeyPair(kind)),
      ),
      parseSigningKey(otherCurvePem('301006072a8648ce3d020106052b8104000a', point)),
    ]
    for (const key of keys) {
      for (const length of [0, 1, 63, 64, 65, 72, 256]) {
        expect(verifySigningKeySignature(key, MESSAGE, Buffer.alloc(length, 0x30))).toBe(false)
      }
    }
  })
})

/** DER of a SubjectPublicKeyInfo, made here on its own so that the product's code is not its oracle. */
function otherCurvePem(algorithm: string, point: Buffer): string {
  const bits = tlv(0x03, Buffer.concat([Buffer.from([0]), point]))
  const der = tlv(0x30, Buffer.concat([Buffer.from(algorithm, 'hex'), bits]))
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`
}

function tlv(tag: number, value: Buffer): Buffer {
  const length = value.length < 128 ? [value.length] : [0x81, value.length]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}
