import { describe, expect, test } from 'bun:test'
import { parsePem } from '../../../src/trust/pem.ts'
import { parsePinnedMaterial } from '../../../src/trust/sigstore/pinned-material.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { createCertificateAuthority, issueServerCertificate } from '../../support/certificate.ts'
import { createKeyPair, toPublicKeyPem } from '../../support/key-pair.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { createAuthority } from '../../support/sigstore/code-certificate.ts'
import { toPem } from '../../support/sigstore/world.ts'
import { refusalOf } from '../outcome.ts'
import { sigstore } from './fixture.ts'

type Root = typeof sigstore.trustedRoot

/** Changes a copy of a trusted root and tells how it parses. */
function parsed(change: (root: Root) => void): string {
  const root = structuredClone(sigstore.trustedRoot)
  change(root)
  return refusalOf(() => parseTrustedRoot(toBytes(root)))
}

describe('a trusted root', () => {
  test('is read as it is', () => {
    const material = parseTrustedRoot(toBytes(sigstore.trustedRoot))
    expect(material.transparencyLogs.map(({ origin }) => origin)).toEqual([
      undefined,
      'log2026.rekor.example',
    ])
    expect(material.timestampAuthorities[0]?.chain).toHaveLength(2)
  })

  test.each([
    'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    'application/vnd.dev.sigstore.trustedroot.v0.2+json',
  ])('may be of the media type %s', (mediaType) => {
    expect(refusalOf(() => parseTrustedRoot(toBytes({ mediaType })))).toBe('accepted')
  })

  test.each(['tlogs', 'ctlogs'] as const)(
    'an entry of %s without a start of its validity is refused',
    (name) => {
      const refusal = parsed((root) => {
        const [log] = root[name]
        if (log) Reflect.deleteProperty(log.publicKey, 'validFor')
      })
      expect(refusal).toBe(
        `${name}[0] has no start of its validity, so it would be trusted for ever`,
      )
    },
  )

  test.each(['certificateAuthorities', 'timestampAuthorities'] as const)(
    'an entry of %s without a start of its validity is refused',
    (name) => {
      const refusal = parsed((root) => {
        const [authority] = root[name]
        if (authority) Reflect.deleteProperty(authority, 'validFor')
      })
      expect(refusal).toBe(
        `${name}[0] has no start of its validity, so it would be trusted for ever`,
      )
    },
  )

  test('a start that is no time is refused', () => {
    const refusal = parsed((root) => {
      const [log] = root.tlogs
      if (log) log.publicKey.validFor = { start: 'yesterday' }
    })
    expect(refusal).toBe('tlogs[0] has a time that is none')
  })

  test('a log with a key of an unknown kind is left out, the others count', () => {
    const root = structuredClone(sigstore.trustedRoot)
    const [log] = root.tlogs
    if (log) log.publicKey.rawBytes = Buffer.from('a key of days to come').toString('base64')
    expect(parseTrustedRoot(toBytes(root)).transparencyLogs).toHaveLength(1)
  })

  test('a timestamp authority whose chain does not hold is refused', () => {
    const refusal = parsed((root) => {
      root.timestampAuthorities[0]?.certChain.certificates.reverse()
    })
    expect(refusal).toBe(
      'timestampAuthorities[0] has certificate 1 of a chain is not signed by the next one',
    )
  })

  test('a timestamp authority with a key that timestamps cannot be verified with is refused', async () => {
    const authority = await createCertificateAuthority()
    const { cert } = await issueServerCertificate(authority, { kind: 'ed25519' })
    const certificates = [cert, authority.cert].flatMap((pem) =>
      parsePem(pem).map(({ der }) => ({ rawBytes: der.toString('base64') })),
    )
    const refusal = parsed((root) => {
      root.timestampAuthorities.forEach((each) => {
        each.certChain = { certificates }
      })
    })
    expect(refusal).toBe(
      'timestampAuthorities[0] has a key of type ed25519, with which timestamps cannot be verified',
    )
  })

  test('another media type is refused', () => {
    expect(refusalOf(() => parseTrustedRoot(toBytes({ mediaType: 'text/plain' })))).toBe(
      '"/mediaType" is not as expected: the media type of a trusted root, version 0.1 or 0.2',
    )
  })

  test('a member twice is refused', () => {
    const text = '{"mediaType":"a","mediaType":"b"}'
    expect(refusalOf(() => parseTrustedRoot(Buffer.from(text)))).toStartWith('duplicate member')
  })
})

describe('pinned material, as Connaisseur 3.x takes it', () => {
  const key = toPublicKeyPem(createKeyPair('p256'))

  test('several keys, and certificates in any order', async () => {
    const top = await createAuthority('top')
    const middle = await createAuthority('middle', { issuer: top })
    const material = parsePinnedMaterial({
      rekorPubkey: key + toPublicKeyPem(createKeyPair('ed25519')),
      fulcioCert: toPem(top.der) + toPem(middle.der),
      ctLogPubkey: key,
    })
    expect(material.transparencyLogs).toHaveLength(2)
    expect(material.ctLogs).toHaveLength(1)
    expect(material.certificateAuthorities.map(({ chain }) => chain.length)).toEqual([1, 2])
  })

  test.each([
    [{ rekorPubkey: 'no key' }, 'rekorPubkey has no PEM block'],
    [{ ctLogPubkey: key.replaceAll('PUBLIC', 'PRIVATE') }, 'ctLogPubkey has a private key'],
    [{ fulcioCert: key }, 'fulcioCert has a PUBLIC KEY block in place of a CERTIFICATE'],
  ])('%j is refused by its name', (pinned, why) => {
    expect(refusalOf(() => parsePinnedMaterial(pinned))).toStartWith(why)
  })
})
