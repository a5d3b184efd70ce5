import { describe, expect, test } from 'bun:test'
import { parseBundle } from '../../../src/trust/sigstore/bundle.ts'
import {
  type LayerAnnotations,
  parseSimpleSigning,
} from '../../../src/trust/sigstore/simple-signing.ts'
import type { BundleJson } from '../../support/sigstore/bundle-json.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { simpleSigningPayload, toPem } from '../../support/sigstore/world.ts'
import { outcomeOf } from '../outcome.ts'
import { DIGEST, entryOf, HOLDER, honestBundle, sigstore } from './fixture.ts'

const BUNDLE = 'UNTRUSTED_MALFORMED_SIGNATURE: malformed bundle: '
const honest = await honestBundle()

/** Changes a copy of an honest bundle and tells how it parses. */
function parsed(change: (bundle: BundleJson) => void): string {
  const bundle = structuredClone(honest)
  change(bundle)
  return outcomeOf(() => parseBundle(toBytes(bundle)))
}

describe('bundles', () => {
  test('of more values than any has are refused', () => {
    const more = Array.from({ length: 100_000 }, () => 0)
    expect(outcomeOf(() => parseBundle(toBytes({ ...honest, more })))).toStartWith(
      `${BUNDLE}more than 100000 values`,
    )
  })

  test.each([
    ['application/vnd.dev.sigstore.bundle+json;version=0.1', 'bundle v0.1'],
    ['application/vnd.dev.sigstore.bundle+json;version=0.2', 'bundle v0.2'],
    ['application/vnd.dev.sigstore.bundle+json;version=0.3', 'bundle v0.3'],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', 'bundle v0.3'],
  ])('%s is read', (mediaType, form) => {
    expect(parseBundle(toBytes({ ...honest, mediaType })).form).toBe(form as 'bundle v0.3')
  })

  test.each<readonly [string, (bundle: BundleJson) => void, string]>([
    [
      'another version',
      (bundle) => {
        bundle.mediaType = 'application/vnd.dev.sigstore.bundle.v0.4+json'
      },
      'media type "application/vnd.dev.sigstore.bundle.v0.4+json"',
    ],
    [
      'two contents',
      (bundle) => {
        const messageDigest = { algorithm: 'SHA2_256', digest: 'AAAA' }
        bundle.messageSignature = { messageDigest, signature: 'AAAA' }
      },
      'two contents in it',
    ],
    [
      'no content',
      (bundle) => {
        delete bundle.dsseEnvelope
      },
      'no content in it',
    ],
    [
      'two signatures in one envelope, of which readers would take different ones',
      (bundle) => {
        bundle.dsseEnvelope?.signatures.push({ sig: 'AAAA' })
      },
      '"/dsseEnvelope/signatures" is not as expected: exactly one signature',
    ],
    [
      'no signature in the envelope',
      (bundle) => {
        if (bundle.dsseEnvelope) bundle.dsseEnvelope.signatures = []
      },
      '"/dsseEnvelope/signatures" is not as expected: exactly one signature',
    ],
    [
      'an empty signature',
      (bundle) => {
        if (bundle.dsseEnvelope) bundle.dsseEnvelope.signatures = [{ sig: '' }]
      },
      '"/dsseEnvelope/signatures/0/sig" is not as expected: base64 that is not empty',
    ],
    [
      'both a certificate and a key',
      (bundle) => {
        bundle.verificationMaterial.publicKey = { hint: '' }
      },
      '2 of publicKey, certificate and x509CertificateChain',
    ],
    [
      'neither certificate nor key',
      (bundle) => {
        delete bundle.verificationMaterial.certificate
      },
      '0 of publicKey, certificate and x509CertificateChain',
    ],
    [
      'base64 that is none',
      (bundle) => {
        bundle.verificationMaterial.certificate = { rawBytes: '-_-_' }
      },
      '"/verificationMaterial/certificate/rawBytes" is not as expected: base64 that is not empty',
    ],
    [
      'more log entries than any signature has',
      (bundle) => {
        bundle.verificationMaterial.tlogEntries = Array.from({ length: 9 }, () => entryOf(honest))
      },
      '"/verificationMaterial/tlogEntries" is not as expected: array length to be less or equal to 8',
    ],
    [
      'version 0.3 without an inclusion proof',
      (bundle) => {
        delete entryOf(bundle).inclusionProof
      },
      'a log entry without an inclusion proof and its checkpoint',
    ],
    [
      'version 0.1 without a promise',
      (bundle) => {
        bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
        delete entryOf(bundle).inclusionPromise
      },
      'a log entry without an inclusion promise',
    ],
  ])('%s is refused', (_name, change, why) => {
    expect(parsed(change)).toBe(`${BUNDLE}${why}`)
  })

  test('a member twice is refused, of which readers would take different ones', () => {
    const text = toBytes(honest)
      .toString()
      .replace('"dsseEnvelope":', '"dsseEnvelope":{},"dsseEnvelope":')
    expect(outcomeOf(() => parseBundle(Buffer.from(text)))).toStartWith(
      `${BUNDLE}duplicate member "dsseEnvelope" at character `,
    )
  })

  test('members that are null count as left out, as protocol buffers have it', () => {
    const bundle = { ...honest, messageSignature: null }
    expect(outcomeOf(() => parseBundle(toBytes(bundle)))).toBe('accepted')
  })

  test('a message signature is over the payload that stands beside it', async () => {
    const payload = simpleSigningPayload(DIGEST)
    const certified = await sigstore.certify(HOLDER)
    const bundle = await sigstore.signBundle(certified, { payload, content: 'message' })
    expect(parseBundle(toBytes(bundle), payload).content.kind).toBe('message')
    expect(parseBundle(toBytes(bundle)).content.kind).toBe('digest')
    expect(outcomeOf(() => parseBundle(toBytes(bundle), Buffer.from('other')))).toBe(
      `${BUNDLE}the message digest is not that of the payload`,
    )
  })
})

describe('simple signing', () => {
  const payload = simpleSigningPayload(DIGEST)
  const SIGNATURE = 'dev.cosignproject.cosign/signature'
  const CERTIFICATE = 'dev.sigstore.cosign/certificate'
  const CHAIN = 'dev.sigstore.cosign/chain'
  const ENTRY = 'dev.sigstore.cosign/bundle'
  const STAMP = 'dev.sigstore.cosign/rfc3161timestamp'
  const certificate = honest.verificationMaterial.certificate?.rawBytes ?? ''
  const pem = toPem(Buffer.from(certificate, 'base64'))

  function outcome(annotations: LayerAnnotations): string {
    return outcomeOf(() => parseSimpleSigning(payload, annotations))
  }

  test('a layer with all annotations is read', async () => {
    const annotations = await sigstore.signSimple(await sigstore.certify(HOLDER), payload)
    const evidence = parseSimpleSigning(payload, { ...annotations, [CHAIN]: pem })
    expect(evidence.certificates).toHaveLength(2)
    expect(evidence.logEntries).toHaveLength(1)
    expect(evidence.content).toMatchObject({ kind: 'message', payload })
  })

  test('empty annotations, which cosign writes, count as none', () => {
    const annotations = { [SIGNATURE]: 'AAAA', [CERTIFICATE]: '', [CHAIN]: '', [ENTRY]: '' }
    expect(parseSimpleSigning(payload, annotations)).toMatchObject({
      certificates: [],
      logEntries: [],
      timestamps: [],
    })
  })

  test.each<readonly [string, LayerAnnotations, string]>([
    ['no signature', {}, `signature: the layer has no annotation "${SIGNATURE}"`],
    [
      'an empty signature',
      { [SIGNATURE]: '' },
      `signature: the layer has no annotation "${SIGNATURE}"`,
    ],
    ['a signature that is no base64', { [SIGNATURE]: '%%%%' }, 'signature: not base64'],
    [
      'an annotation that goes on and on',
      { [SIGNATURE]: 'AAAA', [CERTIFICATE]: `${pem}${'\n'.repeat(65_536)}` },
      `signature: the annotation "${CERTIFICATE}" is longer than 65536`,
    ],
    [
      'two certificates of the signer',
      { [SIGNATURE]: 'AAAA', [CERTIFICATE]: pem + pem },
      'signature: two certificates of the signer',
    ],
    [
      'a key in the place of the certificate',
      { [SIGNATURE]: 'AAAA', [CERTIFICATE]: pem.replaceAll('CERTIFICATE', 'PUBLIC KEY') },
      'certificate: a PUBLIC KEY block',
    ],
    [
      'a chain that is no PEM',
      { [SIGNATURE]: 'AAAA', [CERTIFICATE]: pem, [CHAIN]: 'chain' },
      'chain: no PEM block, which starts with a line such as -----BEGIN PUBLIC KEY-----',
    ],
    [
      'a timestamp that is no JSON',
      { [SIGNATURE]: 'AAAA', [STAMP]: 'x' },
      'timestamp: no JSON value at character 0',
    ],
  ])('%s is refused', (_name, annotations, why) => {
    expect(outcome(annotations)).toBe(`UNTRUSTED_MALFORMED_SIGNATURE: malformed ${why}`)
  })

  test('a log index that is a text is refused', async () => {
    const annotations = await sigstore.signSimple(await sigstore.certify(HOLDER), payload)
    const entry = JSON.parse(annotations[ENTRY])
    entry.Payload.logIndex = String(entry.Payload.logIndex)
    expect(outcome({ ...annotations, [ENTRY]: JSON.stringify(entry) })).toBe(
      'UNTRUSTED_MALFORMED_SIGNATURE: malformed log entry: "/Payload/logIndex" is not as expected: a number that is not negative',
    )
  })

  test('a chain without a certificate is left alone, as nothing can hang on it', () => {
    expect(outcome({ [SIGNATURE]: 'AAAA', [CHAIN]: pem })).toBe('accepted')
  })
})
