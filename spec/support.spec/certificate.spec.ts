import { expect, test } from 'bun:test'
import { createPublicKey, X509Certificate } from 'node:crypto'
import {
  createCertificateAuthority,
  issueServerCertificate,
  selfSignedCertificate,
} from '../support/certificate.ts'
import { createKeyPair, type KeyKind } from '../support/key-pair.ts'

const KINDS: readonly KeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'ed25519']

test.each(KINDS)('a self-signed %s certificate is a leaf that its own key signed', async (kind) => {
  const keyPair = createKeyPair(kind)
  const notAfter = new Date('2030-01-01T00:00:00Z')
  const pem = await selfSignedCertificate({ commonName: 'a.example:1/b,c', keyPair, notAfter })
  const certificate = new X509Certificate(pem)
  expect(certificate.verify(keyPair.publicKey)).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(certificate.toLegacyObject().subject.CN).toBe('a.example:1/b,c')
  expect(new Date(certificate.validTo)).toEqual(notAfter)
  expect(pem).toBe(certificate.toString())
})

test.each(KINDS)('a server certificate is issued by a %s authority', async (kind) => {
  const authority = await createCertificateAuthority('Some CA', kind)
  const { cert, key } = await issueServerCertificate(authority, { dns: ['a.example'], kind })
  const certificate = new X509Certificate(cert)
  expect(certificate.checkIssued(new X509Certificate(authority.cert))).toBe(true)
  expect(certificate.verify(createPublicKey(authority.cert))).toBe(true)
  expect(certificate.checkHost('a.example')).toBe('a.example')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(createPublicKey(key).equals(certificate.publicKey)).toBe(true)
})
