import { describe, expect, test } from 'bun:test'
import { ECDH, generateKeyPairSync } from 'node:crypto'
import { parseSigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import { selfSignedCertificate } from '../../support/certificate.ts'
import { createKeyPair, toPrivateKeyPem, toPublicKeyPem } from '../../support/key-pair.ts'
import { toPem } from '../../support/sigstore/world.ts'
import { refusalOf } from '../outcome.ts'

/** SubjectPublicKeyInfo with an algorithm and a key of arbitrary bytes. */
function spki(algorithm: string, bytes: number): string {
  const oid = Buffer.from(algorithm, 'hex')
  const bits = Buffer.concat([Buffer.from([3, bytes + 1, 0]), Buffer.alloc(bytes, 5)])
  const body = Buffer.concat([Buffer.from([0x30, oid.length]), oid, bits])
  return toPem(Buffer.concat([Buffer.from([0x30, body.length]), body]), 'PUBLIC KEY')
}

describe('a key that an operator pins for cosign', () => {
  test.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const)(
    '%s as a public key and as a certificate is one signer',
    async (kind) => {
      const keyPair = createKeyPair(kind)
      const certificate = await selfSignedCertificate({ commonName: 'signer', keyPair })
      const bare = parseSigningKey(toPublicKeyPem(keyPair))
      expect(parseSigningKey(certificate).identity).toBe(bare.identity)
      expect(parseSigningKey(toPublicKeyPem(createKeyPair(kind))).identity).not.toBe(bare.identity)
    },
  )

  test('hole 2: the compressed and the uncompressed point of one key are one signer', () => {
    const pair = createKeyPair('p256')
    const der = pair.publicKey.export({ format: 'der', type: 'spki' })
    const point = der.subarray(-65)
    const compressed = Buffer.from(
      ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed'),
    )
    const header = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex')
    const other = toPem(Buffer.concat([header, compressed]), 'PUBLIC KEY')
    expect(parseSigningKey(other).identity).toBe(parseSigningKey(toPublicKeyPem(pair)).identity)
  })

  test.each([
    ['RSASSA-PSS', '06092a864886f70d01010a', 100],
    ['Ed448', '06032b6571', 57],
    ['DSA', '06072a8648ce380401', 100],
  ])('%s is refused by name', (name, algorithm, bytes) => {
    expect(refusalOf(() => parseSigningKey(spki(algorithm, bytes)))).toBe(
      `a key of an algorithm that is not supported: ${name}`,
    )
  })

  test('a compressed point on a curve that node:crypto lacks is refused by name', () => {
    const pem = spki('06072a8648ce3d020106052b8104000a', 33)
    expect(refusalOf(() => parseSigningKey(pem))).toBe(
      'a key of an algorithm that is not supported: EC on a curve that is not supported, or with a compressed point',
    )
  })

  test('an RSA key of 1024 bits is refused', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
    expect(refusalOf(() => parseSigningKey(pem))).toBe(
      'an RSA key of 1024 bits, at least 2048 are needed',
    )
  })

  test('a private key is refused', () => {
    expect(refusalOf(() => parseSigningKey(toPrivateKeyPem(createKeyPair('p256'))))).toBe(
      'a private key where a public key belongs',
    )
  })

  test('two keys in one text are refused', () => {
    const pem = toPublicKeyPem(createKeyPair('p256'))
    expect(refusalOf(() => parseSigningKey(pem + pem))).toBe(
      'more than one PEM block where one public key is expected',
    )
  })
})
