import { describe, expect, test } from 'bun:test'
import { parseCertificate } from '../../../src/trust/sigstore/certificate.ts'
import {
  checkTrustedChain,
  verifyCertificateChain,
} from '../../../src/trust/sigstore/certificate-chain.ts'
import type { Authority } from '../../../src/trust/sigstore/material.ts'
import {
  createAuthority,
  type Issued,
  issueCodeCertificate,
  NOT_BEFORE,
} from '../../support/sigstore/code-certificate.ts'
import { outcomeOf, refusalOf } from '../outcome.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
const EARLY = new Date('2026-02-01T00:00:00Z')
const NONE =
  'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: no trusted authority issued it'
const root = await createAuthority('root')

function trust(...chain: readonly Issued[]): Authority {
  return { chain: chain.map(({ der }) => parseCertificate(der)), validity: { start: NOT_BEFORE } }
}

function outcome(
  leaf: Issued,
  others: readonly Issued[],
  authority: Authority,
  time = NOW,
): string {
  return outcomeOf(() =>
    verifyCertificateChain(
      parseCertificate(leaf.der),
      others.map(({ der }) => parseCertificate(der)),
      [authority],
      time,
    ),
  )
}

describe('the way from a leaf to a trusted authority', () => {
  test('directly, through what is trusted, or through what came along', async () => {
    const middle = await createAuthority('middle', { issuer: root })
    const leaf = await issueCodeCertificate({ issuer: middle })
    expect(outcome(leaf, [], trust(middle, root))).toBe('accepted')
    expect(outcome(leaf, [middle], trust(root))).toBe('accepted')
    expect(outcome(leaf, [middle, root], trust(root))).toBe('accepted')
    expect(outcome(leaf, [], trust(root))).toBe(NONE)
  })

  test('the issuer is found by its key: another authority of its name is passed over', async () => {
    const decoy = await createAuthority('root')
    const leaf = await issueCodeCertificate({ issuer: root })
    expect(outcome(leaf, [], trust(decoy, root))).toBe('accepted')
    expect(outcome(leaf, [], trust(decoy))).toBe(NONE)
  })

  test('through a certificate that is no authority’s (RFC 5280 4.2.1.9)', async () => {
    const middle = await createAuthority('middle', { issuer: root, isAuthority: false })
    const leaf = await issueCodeCertificate({ issuer: middle })
    expect(outcome(leaf, [middle], trust(root))).toBe(NONE)
  })

  test('through another leaf of the same authority', async () => {
    const middle = await issueCodeCertificate({ issuer: root, name: 'middle' })
    const leaf = await issueCodeCertificate({ issuer: middle })
    expect(outcome(leaf, [middle], trust(root))).toBe(NONE)
  })

  test('through more authorities than the path length allows (RFC 5280 4.2.1.9)', async () => {
    const short = await createAuthority('short', { pathLength: 0 })
    const middle = await createAuthority('middle', { issuer: short })
    const leaf = await issueCodeCertificate({ issuer: middle })
    expect(outcome(leaf, [middle], trust(short))).toBe(NONE)
    const direct = await issueCodeCertificate({ issuer: short })
    expect(outcome(direct, [], trust(short))).toBe('accepted')
  })

  test('through an authority that had expired, trusted or not', async () => {
    const middle = await createAuthority('middle', { issuer: root, notAfter: EARLY })
    const leaf = await issueCodeCertificate({ issuer: middle })
    expect(outcome(leaf, [middle], trust(root))).toBe(NONE)
    expect(outcome(leaf, [], trust(middle, root))).toBe(NONE)
    expect(outcome(leaf, [], trust(middle, root), EARLY)).toBe('accepted')
  })

  test('a root that came along proves nothing', async () => {
    const stranger = await createAuthority('stranger')
    const leaf = await issueCodeCertificate({ issuer: stranger })
    expect(outcome(leaf, [stranger], trust(root))).toBe(NONE)
  })
})

describe('what an operator trusts', () => {
  const certificatesOf = (...chain: readonly Issued[]) =>
    chain.map(({ der }) => parseCertificate(der))

  test('each certificate has to be signed by the next', async () => {
    const stranger = await createAuthority('root')
    const middle = await createAuthority('middle', { issuer: root })
    expect(refusalOf(() => checkTrustedChain(certificatesOf(middle, root), 0))).toBe('accepted')
    expect(refusalOf(() => checkTrustedChain(certificatesOf(middle, stranger), 0))).toBe(
      'certificate 1 of a chain is not signed by the next one',
    )
    expect(refusalOf(() => checkTrustedChain(certificatesOf(root, middle), 0))).toBe(
      'certificate 1 of a chain is not signed by the next one',
    )
  })

  test('each certificate has to be an authority’s, but for the first of a timestamp authority', async () => {
    const leaf = await issueCodeCertificate({ issuer: root })
    expect(refusalOf(() => checkTrustedChain(certificatesOf(leaf, root), 0))).toBe(
      'certificate 1 of a chain is not that of an authority',
    )
    expect(refusalOf(() => checkTrustedChain(certificatesOf(leaf, root), 1))).toBe('accepted')
  })
})
