import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { TrustError } from '../../../src/trust/errors.ts'
import { parseBundle } from '../../../src/trust/sigstore/bundle.ts'
import { parseCertificate } from '../../../src/trust/sigstore/certificate.ts'
import { verifyCheckpoint } from '../../../src/trust/sigstore/checkpoint.ts'
import { readDer, readDerList } from '../../../src/trust/sigstore/der.ts'
import { isBase64 } from '../../../src/trust/sigstore/read-json.ts'
import { readSigningCertificate } from '../../../src/trust/sigstore/signing-certificate.ts'
import { parseSimpleSigning } from '../../../src/trust/sigstore/simple-signing.ts'
import { verifyTimestamp } from '../../../src/trust/sigstore/timestamp.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { entryOf, honestBundle, material, sigstore } from './fixture.ts'

/** Whatever comes in, only these come out: anything else would be an error of ours. */
function staysCoded(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch (error) {
    return error instanceof TrustError
  }
}

function staysSyntax(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch (error) {
    return error instanceof SyntaxError
  }
}

const bundle = await honestBundle('v2')
const certificate = Buffer.from(bundle.verificationMaterial.certificate?.rawBytes ?? '', 'base64')
const { timestampVerificationData } = bundle.verificationMaterial
const stamp = Buffer.from(
  timestampVerificationData?.rfc3161Timestamps[0]?.signedTimestamp ?? '',
  'base64',
)
const signature = Buffer.from(bundle.dsseEnvelope?.signatures[0]?.sig ?? '', 'base64')

/** Bytes that are nearly the honest ones: some changed, perhaps cut or lengthened. */
function nearly(honest: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(honest.length - 1), fc.nat(255))
  return fc
    .tuple(
      fc.array(change, { maxLength: 4 }),
      fc.option(fc.nat(honest.length)),
      fc.uint8Array({ maxLength: 3 }),
    )
    .map(([changes, end, more]) => {
      const bytes = Buffer.from(honest)
      for (const [at, value] of changes) bytes[at] = value
      return Buffer.concat([bytes.subarray(0, end ?? bytes.length), more])
    })
}

describe('parsers of signatures, whatever they are given', () => {
  test.each<readonly [string, Buffer, (bytes: Buffer) => boolean]>([
    ['a bundle', toBytes(bundle), (bytes) => staysCoded(() => parseBundle(bytes))],
    [
      'a simple-signing layer',
      Buffer.from('{}'),
      (bytes) =>
        staysCoded(() =>
          parseSimpleSigning(bytes, {
            'dev.cosignproject.cosign/signature': bytes.toString('base64'),
            'dev.sigstore.cosign/certificate': bytes.toString('latin1'),
            'dev.sigstore.cosign/bundle': bytes.toString('latin1'),
          }),
        ),
    ],
    ['a certificate', certificate, (bytes) => staysSyntax(() => parseCertificate(bytes))],
    [
      'the certificate of a signer',
      certificate,
      (bytes) => staysCoded(() => readSigningCertificate([bytes])),
    ],
    [
      'a timestamp',
      stamp,
      (bytes) => staysCoded(() => verifyTimestamp(bytes, signature, material.timestampAuthorities)),
    ],
    [
      'a trusted root',
      toBytes(sigstore.trustedRoot),
      (bytes) => staysSyntax(() => parseTrustedRoot(bytes)),
    ],
    [
      'a checkpoint',
      Buffer.from(entryOf(bundle).inclusionProof?.checkpoint.envelope ?? ''),
      (bytes) =>
        staysSyntax(() =>
          material.transparencyLogs.map((log) => verifyCheckpoint(bytes.toString('utf8'), log)),
        ),
    ],
  ])('%s is read or refused with a code', (_name, honest, holds) => {
    fc.assert(fc.property(nearly(honest), holds), { numRuns: 300 })
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
        holds,
      ),
    )
  })

  test('a timestamp with any byte changed proves nothing else than its own time (RFC 3161)', () => {
    const [honest] = material.timestampAuthorities.map((_, __, all) =>
      verifyTimestamp(stamp, signature, all),
    )
    fc.assert(
      fc.property(nearly(stamp), (bytes) => {
        try {
          return (
            verifyTimestamp(bytes, signature, material.timestampAuthorities).getTime() ===
            honest?.getTime()
          )
        } catch {
          return true
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('base64 is padded groups of four (RFC 4648 4)', () => {
  const grouped = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
  const texts = fc.string({ unit: fc.constantFrom('A', '/', '+', '=', '\n', '!'), maxLength: 12 })
  fc.assert(fc.property(texts, (text) => isBase64(text) === grouped.test(text)))
})

describe('DER (X.690 10)', () => {
  test.each([
    ['an indefinite length', '3080020101', 'a DER length that is not allowed'],
    ['a length that is not the shortest', '30810102', 'a DER length that is not the shortest'],
    ['a length that begins with zero', '3082000102', 'a DER length that is not the shortest'],
    ['a tag of several bytes', '1f8101', 'a DER tag of several bytes'],
    ['a cut value', '3003020101ff'.slice(0, 8), 'DER that is cut short'],
    ['bytes behind the value', '3003020101ff', 'bytes behind a DER value'],
    ['nothing', '', 'DER that is cut short'],
  ])('%s is refused', (_name, hex, why) => {
    expect(() => readDerList(readDer(Buffer.from(hex, 'hex')))).toThrow(why)
  })
})
