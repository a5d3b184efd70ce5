import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readServerCertificate } from '../../src/server/tls.ts'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import type { KeyKind } from '../support/key-pair.ts'

const authority = await createCertificateAuthority()
const { cert, key } = await issueServerCertificate(authority)
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'connaisseur-spec-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes both files and reads them; messages come without the folder. */
function read(certificate: string, privateKey: string) {
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  writeFileSync(certFile, certificate)
  writeFileSync(keyFile, privateKey)
  return readServerCertificate(certFile, keyFile)
}

describe('a certificate and its key are taken', () => {
  test.each<KeyKind>(['p256', 'p384', 'rsa2048', 'ed25519'])('of kind %s', async (kind) => {
    const pair = await issueServerCertificate(authority, { kind })
    expect(read(pair.cert, pair.key)).toEqual({
      ...pair,
      notBefore: new Date('2000-01-01T00:00:00Z'),
      notAfter: new Date('2049-12-31T00:00:00Z'),
    })
  })

  test('with the chain behind the certificate', () => {
    const chain = cert + authority.cert
    expect(read(chain, key).cert).toBe(chain)
  })
})

describe('what is wrong is said with the file that is to blame', () => {
  test('a key of another certificate', async () => {
    const other = await issueServerCertificate(authority)
    expect(() => read(cert, other.key)).toThrow(
      `the certificate in ${folder}/tls.crt does not belong to the private key in ${folder}/tls.key`,
    )
  })

  test('a chain in the wrong order', () => {
    expect(() => read(authority.cert + cert, key)).toThrow('does not belong to')
  })

  test.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'a certificate file that holds %p',
    (text) => {
      expect(() => read(text, key)).toThrow(`${folder}/tls.crt holds no certificate in PEM form`)
    },
  )

  test('a key in the place of the certificate, which is never repeated', () => {
    expect(() => read(key, key)).toThrow(
      new Error(`${folder}/tls.crt holds no certificate in PEM form`),
    )
  })

  test('a certificate in the place of the key', () => {
    expect(() => read(cert, cert)).toThrow(`${folder}/tls.key holds no private key in PEM form`)
  })

  test('a file that is missing', () => {
    const missing = join(folder, 'missing.crt')
    expect(() => readServerCertificate(missing, join(folder, 'tls.key'))).toThrow(
      `${missing} cannot be read (ENOENT)`,
    )
  })

  test('a folder', () => {
    expect(() => readServerCertificate(folder, folder)).toThrow(`${folder} cannot be read (EISDIR)`)
  })
})
