import { describe, expect, test } from 'bun:test'
import {
  hasExpired,
  isFor,
  isTrustedBy,
  joinBundle,
  splitBundle,
} from '../../../src/cluster/registration/ca-bundle.ts'
import { createCertificateAuthority, issueServerCertificate } from '../../support/certificate.ts'

const [one, other] = await Promise.all([
  createCertificateAuthority('one'),
  createCertificateAuthority('other'),
])

describe('a bundle', () => {
  test('is split into certificates, each once, and written in one way', () => {
    const text = `${one.cert.replaceAll('\n', '\r\n')}garbage${other.cert}${one.cert}`
    expect(splitBundle(text)).toEqual([one.cert, other.cert])
  })

  test('leaves out what is no certificate', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    expect(splitBundle(`${broken}${one.cert}`)).toEqual([one.cert])
    expect(splitBundle('')).toEqual([])
  })

  test('of the same certificates is the same, whatever their order', () => {
    expect(joinBundle([one.cert, other.cert])).toEqual(
      joinBundle([other.cert + one.cert, one.cert]),
    )
  })
})

describe('a certificate', () => {
  test('is trusted by who trusts its authority, or the certificate itself', async () => {
    const { cert } = await issueServerCertificate(one)
    expect(isTrustedBy(cert, new Set([one.cert]))).toBe(true)
    expect(isTrustedBy(cert, new Set([cert]))).toBe(true)
    expect(isTrustedBy(cert, new Set([other.cert]))).toBe(false)
    expect(isTrustedBy(cert, new Set())).toBe(false)
  })

  test('is not trusted for another one that stands behind it in the chain', async () => {
    const { cert } = await issueServerCertificate(one)
    const { cert: stranger } = await issueServerCertificate(other)
    expect(isTrustedBy(stranger + cert, new Set([one.cert]))).toBe(false)
    expect(isTrustedBy(cert + one.cert, new Set([one.cert]))).toBe(true)
  })

  test('of an authority that has only the same name is not trusted', async () => {
    const namesake = await createCertificateAuthority('one')
    const { cert } = await issueServerCertificate(one)
    expect(isTrustedBy(cert, new Set([namesake.cert]))).toBe(false)
  })

  test('is for its alternative names, and not for its common name', async () => {
    const { cert } = await issueServerCertificate(one, { dns: ['a.example'], ip: ['10.0.0.1'] })
    expect([isFor(cert, 'a.example'), isFor(cert, '10.0.0.1')]).toEqual([true, true])
    expect([isFor(cert, 'b.example'), isFor(cert, '10.0.0.2')]).toEqual([false, false])
    expect(isFor(one.cert, 'one')).toBe(false)
  })

  test('expires', () => {
    expect(hasExpired(one.cert, new Date('2026-01-01'))).toBe(false)
    expect(hasExpired(one.cert, new Date('2050-01-01'))).toBe(true)
  })
})
