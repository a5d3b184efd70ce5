import 'reflect-metadata'
import { describe, expect, test } from 'bun:test'
import { ExtendedKeyUsage, Extension, KeyUsageFlags } from '@peculiar/x509'
import { parseCertificate } from '../../../src/trust/sigstore/certificate.ts'
import { readSigningCertificate } from '../../../src/trust/sigstore/signing-certificate.ts'
import {
  type CodeCertificate,
  createAuthority,
  issueCodeCertificate,
} from '../../support/sigstore/code-certificate.ts'
import { outcomeOf, refusalOf } from '../outcome.ts'

const root = await createAuthority('root')
const ISSUER_V2 = '1.3.6.1.4.1.57264.1.8'
const WHY = 'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: '

async function outcome(options: Omit<CodeCertificate, 'issuer'>): Promise<string> {
  const { der } = await issueCodeCertificate({ issuer: root, ...options })
  return outcomeOf(() => readSigningCertificate([der]))
}

function utf8(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x0c, text.length]), Buffer.from(text)])
}

describe('the certificate of a keyless signature', () => {
  test.each([
    ['email', 'me@example.com'],
    ['url', 'https://ci.example/release@main'],
  ] as const)('names its subject as %s', async (type, value) => {
    const { der } = await issueCodeCertificate({ issuer: root, subjects: [{ type, value }] })
    expect(readSigningCertificate([der])).toMatchObject({
      subject: value,
      issuer: 'https://issuer.example',
    })
  })

  test('the newer extension of the issuer counts, and may stand alone', async () => {
    const more = [new Extension(ISSUER_V2, false, utf8('https://issuer.example'))]
    const { der } = await issueCodeCertificate({ issuer: root, more })
    expect(readSigningCertificate([der]).issuer).toBe('https://issuer.example')
  })

  test('two issuers that differ are refused', async () => {
    const more = [new Extension(ISSUER_V2, false, utf8('https://other.example'))]
    expect(await outcome({ more })).toBe(`${WHY}it names two issuers`)
  })

  test.each<readonly [string, Omit<CodeCertificate, 'issuer'>, string]>([
    ['no purpose', { purposes: [] }, 'it is not for signing code'],
    [
      'another purpose (RFC 5280 4.2.1.12)',
      { purposes: [ExtendedKeyUsage.serverAuth] },
      'it is not for signing code',
    ],
    ['no key usage', { usages: 0 }, 'it is not for signatures'],
    ['another key usage', { usages: KeyUsageFlags.keyAgreement }, 'it is not for signatures'],
    [
      'a critical extension that nobody knows (RFC 5280 4.2)',
      { more: [new Extension('1.2.3.4', true, Buffer.from([5, 0]))] },
      'it has a critical extension that is not known',
    ],
    ['no subject', { subjects: [] }, 'it does not name one subject'],
    [
      'two subjects',
      {
        subjects: [
          { type: 'email', value: 'me@example.com' },
          { type: 'email', value: 'you@example.com' },
        ],
      },
      'it does not name one subject',
    ],
    [
      'the subject of a server',
      { subjects: [{ type: 'dns', value: 'example.com' }] },
      'its subject is neither mail address, URI nor user',
    ],
  ])('%s is refused', async (_name, options, why) => {
    expect(await outcome(options)).toBe(`${WHY}${why}`)
  })

  test('the certificate of an authority is refused', async () => {
    const { der } = await createAuthority('middle', { issuer: root })
    expect(outcomeOf(() => readSigningCertificate([der]))).toBe(`${WHY}it is that of an authority`)
  })

  test('bytes that are no certificate are refused', () => {
    expect(outcomeOf(() => readSigningCertificate([Buffer.from('no')]))).toStartWith(
      'UNTRUSTED_MALFORMED_SIGNATURE: malformed certificate: ',
    )
  })
})

describe('an X.509 certificate (RFC 5280 4.1)', () => {
  test('a size that none has is refused', () => {
    expect(refusalOf(() => parseCertificate(Buffer.alloc(32 * 1024 + 1)))).toBe(
      'a certificate of more than 32768 bytes',
    )
  })

  test('an extension twice is refused, of which readers would take different ones', async () => {
    const more = [1, 2].map(() => new Extension('1.2.3.4', false, Buffer.from([5, 0])))
    const { der } = await issueCodeCertificate({ issuer: root, more })
    expect(refusalOf(() => parseCertificate(der))).toBe('a certificate with an extension twice')
  })

  test('two signature algorithms are refused', async () => {
    const { der } = await issueCodeCertificate({ issuer: root })
    const oid = Buffer.from('06082a8648ce3d040302', 'hex')
    const forged = Buffer.from(der)
    forged[forged.lastIndexOf(oid) + oid.length - 1] = 3
    expect(refusalOf(() => parseCertificate(forged))).toBe(
      'a certificate that names two signature algorithms',
    )
  })
})
