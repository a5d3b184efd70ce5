import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { parsePublicKeyPem, readCertificateKey, readSpki } from '../../src/trust/key.ts'
import { selfSignedCertificate } from '../support/certificate.ts'
import { createKeyPair, toPrivateKeyPem, toPublicKeyPem } from '../support/key-pair.ts'
import { SECP256K1_SPKI, toCompressedSpki, toSpki } from './encoded-key.ts'
import { refusalOf } from './outcome.ts'

const p256 = createKeyPair('p256')
const certificate = await selfSignedCertificate({ commonName: 'spec', keyPair: p256 })
const certificateDer = Buffer.from(new X509Certificate(certificate).raw)
const { identity } = readSpki(toSpki(p256.publicKey))

const rsaSpki = (modulusLength: number) =>
  toSpki(generateKeyPairSync('rsa', { modulusLength }).publicKey)
const p224Spki = () => toSpki(generateKeyPairSync('ec', { namedCurve: 'secp224r1' }).publicKey)
const x25519Spki = () => toSpki(generateKeyPairSync('x25519').publicKey)

describe('a public key', () => {
  test.each([
    ['p256', { type: 'ecdsa', scalarBytes: 32 }],
    ['p384', { type: 'ecdsa', scalarBytes: 48 }],
    ['p521', { type: 'ecdsa', scalarBytes: 66 }],
    ['rsa2048', { type: 'rsa' }],
    ['ed25519', { type: 'ed25519' }],
  ] as const)('of kind %s is read from PEM', (kind, expected) => {
    const key = parsePublicKeyPem(toPublicKeyPem(createKeyPair(kind)))
    expect(key).toMatchObject(expected)
  })

  test.each([
    ['a certificate', () => readCertificateKey(certificateDer)],
    ['a PEM certificate', () => parsePublicKeyPem(certificate)],
    ['a compressed point', () => readSpki(toCompressedSpki(p256.publicKey))],
    ['trailing bytes', () => readSpki(Buffer.concat([toSpki(p256.publicKey), Buffer.of(0)]))],
    ['a PEM header', () => parsePublicKeyPem(withHeader(toPublicKeyPem(p256)))],
  ])('has one identity, also as %s', (_, read) => {
    expect(read().identity).toBe(identity)
  })

  test.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const)(
    'has an identity of its own (%s)',
    (kind) => {
      const [one, other] = [createKeyPair(kind), createKeyPair(kind)].map(({ publicKey }) =>
        readSpki(toSpki(publicKey)),
      )
      expect(one?.identity).toMatch(/^[0-9a-f]{64}$/)
      expect(one?.identity).not.toBe(other?.identity)
    },
  )

  test.each([
    ['RSA of 1024 bits', () => rsaSpki(1024), 'an RSA key of 1024'],
    ['RSA below 2048 bits', () => rsaSpki(1984), 'an RSA key of 1'],
    ['P-224', p224Spki, 'an elliptic curve (secp224r1) other than P-256, P-384 and P-521'],
    ['secp256k1', () => SECP256K1_SPKI, 'a public key that cannot be read'],
    ['X25519', x25519Spki, 'a key of type x25519'],
    [
      'a point off the curve',
      () => flipLastBit(toSpki(p256.publicKey)),
      'a public key that cannot',
    ],
    ['no DER', () => Buffer.from('key'), 'a public key that cannot be read'],
    ['nothing', () => Buffer.alloc(0), 'a public key that cannot be read'],
  ])('is refused: %s', (_, make, reason) => {
    expect(refusalOf(() => readSpki(make()))).toStartWith(reason)
  })

  test('is refused in a certificate as it is on its own', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const keyPair = { kind: 'rsa2048', publicKey, privateKey } as const
    const weak = await selfSignedCertificate({ commonName: 'spec', keyPair })
    expect(refusalOf(() => parsePublicKeyPem(weak))).toBe(
      'an RSA key of 1024 bits, at least 2048 are needed',
    )
  })
})

describe('a pinned key is refused, and the reason says what is there instead', () => {
  const pem = toPublicKeyPem(p256)

  test.each([
    ['a private key', toPrivateKeyPem(p256), 'a private key where a public key belongs'],
    ['a private key of another label', relabel(pem, 'EC PRIVATE KEY'), 'a private key where a'],
    ['two keys', `${pem}${pem}`, 'more than one PEM block where one public key is expected'],
    ['a certificate chain', `${certificate}${certificate}`, 'more than one PEM block'],
    ['a PKCS #1 key', relabel(pem, 'RSA PUBLIC KEY'), 'a RSA PUBLIC KEY block where a PUBLIC KEY'],
    ['a request', relabel(pem, 'CERTIFICATE REQUEST'), 'a CERTIFICATE REQUEST block where a'],
    ['a key that is called certificate', relabel(pem, 'CERTIFICATE'), 'a certificate that cannot'],
    ['a certificate called key', relabel(certificate, 'PUBLIC KEY'), 'a public key that cannot'],
  ])('%s', (_, text, reason) => {
    expect(refusalOf(() => parsePublicKeyPem(text))).toStartWith(reason)
  })
})

function relabel(pem: string, label: string): string {
  return pem.replaceAll(/-(BEGIN|END) [A-Z ]+-/g, `-$1 ${label}-`)
}

function withHeader(pem: string): string {
  return pem.replace('-----\n', '-----\nrole: root\n\n')
}

function flipLastBit(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte)))
}
