import { describe, expect, test } from 'bun:test'
import { constants, sign } from 'node:crypto'
import { readSpki } from '../../src/trust/key.ts'
import { type SignatureMethod, verifySignature } from '../../src/trust/signature.ts'
import { createKeyPair, type KeyKind } from '../support/key-pair.ts'
import { toSpki } from './encoded-key.ts'

const MESSAGE = Buffer.from('message')
const KINDS: readonly KeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'ed25519']

const pairs = new Map(KINDS.map((kind) => [kind, createKeyPair(kind)]))

function pairOf(kind: KeyKind) {
  const pair = pairs.get(kind)
  if (pair === undefined) throw new RangeError(`no key of kind ${kind}`)
  return pair
}

const isValid = (kind: KeyKind, method: SignatureMethod, signature: Uint8Array) =>
  verifySignature(readSpki(toSpki(pairOf(kind).publicKey)), method, MESSAGE, signature)

function signEcdsa(kind: KeyKind, hash: string, dsaEncoding: 'ieee-p1363' | 'der'): Buffer {
  return sign(hash, MESSAGE, { key: pairOf(kind).privateKey, dsaEncoding })
}

function signRsa(hash: string, padding: number, saltLength?: number): Buffer {
  const key = pairOf('rsa2048').privateKey
  return sign(hash, MESSAGE, { key, padding, ...(saltLength === undefined ? {} : { saltLength }) })
}

const signEd25519 = () => sign(null, MESSAGE, pairOf('ed25519').privateKey)

describe('an ecdsa signature', () => {
  test.each(['p256', 'p384', 'p521'] as const)('of %s is raw over SHA-256', (kind) => {
    expect(isValid(kind, 'ecdsa', signEcdsa(kind, 'sha256', 'ieee-p1363'))).toBe(true)
  })

  test.each(['p256', 'p384', 'p521'] as const)('of %s is refused in ASN.1', (kind) => {
    expect(isValid(kind, 'ecdsa', signEcdsa(kind, 'sha256', 'der'))).toBe(false)
  })

  test.each([
    ['p384', 'sha384'],
    ['p521', 'sha512'],
  ] as const)('of %s is refused over %s', (kind, hash) => {
    expect(isValid(kind, 'ecdsa', signEcdsa(kind, hash, 'ieee-p1363'))).toBe(false)
  })

  test.each([
    ['r and s zero', new Uint8Array(64)],
    ['r and s above the order', new Uint8Array(64).fill(255)],
    ['no byte', new Uint8Array(0)],
    ['a byte too few', signEcdsa('p256', 'sha256', 'ieee-p1363').subarray(1)],
    ['a byte too many', Buffer.concat([signEcdsa('p256', 'sha256', 'ieee-p1363'), Buffer.of(0)])],
    ['padding of both halves', padHalves(signEcdsa('p256', 'sha256', 'ieee-p1363'))],
  ])('is refused: %s', (_, signature) => {
    expect(isValid('p256', 'ecdsa', signature)).toBe(false)
  })
})

describe('an rsapss signature', () => {
  const { RSA_PKCS1_PSS_PADDING: pss, RSA_PKCS1_PADDING: pkcs1 } = constants

  test('is over SHA-256 with a salt of 32 bytes', () => {
    expect(isValid('rsa2048', 'rsapss', signRsa('sha256', pss, 32))).toBe(true)
  })

  test.each([
    ['a salt of 20 bytes', signRsa('sha256', pss, 20)],
    ['no salt', signRsa('sha256', pss, 0)],
    ['SHA-512', signRsa('sha512', pss, 32)],
    ['SHA-1', signRsa('sha1', pss, 32)],
    ['PKCS #1 v1.5 padding', signRsa('sha256', pkcs1)],
    ['no byte', new Uint8Array(0)],
    ['all bits set', new Uint8Array(256).fill(255)],
    ['a byte too many', Buffer.concat([signRsa('sha256', pss, 32), Buffer.of(0)])],
  ])('is refused: %s', (_, signature) => {
    expect(isValid('rsa2048', 'rsapss', signature)).toBe(false)
  })
})

describe('an eddsa signature', () => {
  test('is over the message itself', () => {
    expect(isValid('ed25519', 'eddsa', signEd25519())).toBe(true)
  })

  test.each([
    ['no byte', new Uint8Array(0)],
    ['zeros', new Uint8Array(64)],
    ['a byte too many', Buffer.concat([signEd25519(), Buffer.of(0)])],
  ])('is refused: %s', (_, signature) => {
    expect(isValid('ed25519', 'eddsa', signature)).toBe(false)
  })
})

describe('a method that does not fit the key', () => {
  test.each([
    ['p256', 'rsapss', signEcdsa('p256', 'sha256', 'ieee-p1363')],
    ['p256', 'eddsa', signEcdsa('p256', 'sha256', 'ieee-p1363')],
    ['p256', 'eddsa', signEcdsa('p256', 'sha256', 'der')],
    ['rsa2048', 'ecdsa', signRsa('sha256', constants.RSA_PKCS1_PSS_PADDING, 32)],
    ['rsa2048', 'eddsa', signRsa('sha256', constants.RSA_PKCS1_PADDING)],
    ['ed25519', 'ecdsa', signEd25519()],
    ['ed25519', 'rsapss', signEd25519()],
  ] as const)('is an invalid signature, not an error: %s with %s', (kind, method, signature) => {
    expect(isValid(kind, method, signature)).toBe(false)
  })
})

/** Puts a zero before r and before s, which changes no number. */
function padHalves(signature: Buffer): Buffer {
  const zero = Buffer.of(0)
  return Buffer.concat([zero, signature.subarray(0, 32), zero, signature.subarray(32)])
}
