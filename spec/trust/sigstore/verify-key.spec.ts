import { describe, expect, test } from 'bun:test'
import { createHash, sign } from 'node:crypto'
import { NO_TRUST_MATERIAL } from '../../../src/trust/sigstore/material.ts'
import { parseSigningKey, type SigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import { parseSimpleSigning } from '../../../src/trust/sigstore/simple-signing.ts'
import { verifyEvidence } from '../../../src/trust/sigstore/verify.ts'
import { createKeyPair, type KeyPair, toPublicKeyPem } from '../../support/key-pair.ts'
import {
  imageStatement,
  preAuthEncoding,
  simpleSigningPayload,
} from '../../support/sigstore/world.ts'
import {
  ALL,
  DIGEST,
  entryOf,
  HOLDER,
  keyOutcome,
  material,
  NOTHING,
  NOW,
  OTHER_DIGEST,
  sigstore,
} from './fixture.ts'

const NO_LOG = { requirements: NOTHING, material: NO_TRUST_MATERIAL }

function keyOf(pair: KeyPair): SigningKey {
  return parseSigningKey(toPublicKeyPem(pair))
}

describe('a signature by key that counts', () => {
  test.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const)(
    '%s, in the log, as a bundle and as simple signing',
    async (kind) => {
      const pair = createKeyPair(kind)
      for (const log of ['v1', 'v2'] as const) {
        const bundle = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST), log })
        expect(keyOutcome(bundle, keyOf(pair))).toBe('accepted')
      }
      const payload = simpleSigningPayload(DIGEST)
      const evidence = parseSimpleSigning(payload, await sigstore.signSimple(pair, payload))
      const expected = {
        digest: DIGEST,
        signer: { kind: 'key', key: keyOf(pair) },
        material,
        requirements: ALL,
      } as const
      expect(verifyEvidence(evidence, expected, NOW)).toMatchObject({
        claim: { digest: DIGEST, dockerReference: 'registry.example/app' },
        signer: { kind: 'key', id: keyOf(pair).identity },
        logEntries: [{ logIndex: evidence.logEntries[0]?.logIndex ?? -1 }],
        times: [{ source: 'transparency log' }],
      })
    },
  )

  test('the key of a certificate that came along', async () => {
    const certified = await sigstore.certify(HOLDER)
    const bundle = await sigstore.signBundle(certified, { payload: imageStatement(DIGEST) })
    expect(keyOutcome(bundle, keyOf(certified.keyPair))).toBe('accepted')
  })

  test('without a log and without any trust material, where the rule wants no log', async () => {
    const pair = createKeyPair('p256')
    const making = { payload: imageStatement(DIGEST), log: 'none', timestamp: false } as const
    const bundle = await sigstore.signBundle(pair, making)
    expect(keyOutcome(bundle, keyOf(pair), NO_LOG)).toBe('accepted')
  })

  test('beside a log entry that proves nothing, where the rule wants no log', async () => {
    const pair = createKeyPair('p256')
    const bundle = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST) })
    entryOf(bundle).logIndex = 1
    expect(keyOutcome(bundle, keyOf(pair), { requirements: NOTHING })).toBe('accepted')
  })
})

describe('a signature by key that does not count', () => {
  test('another key', async () => {
    const bundle = await sigstore.signBundle(createKeyPair('p256'), {
      payload: imageStatement(DIGEST),
    })
    expect(keyOutcome(bundle, keyOf(createKeyPair('p256')))).toBe(
      'UNTRUSTED_SIGNATURE: the signature is not of the expected key',
    )
  })

  test('hole 3: a signature copied from another image', async () => {
    const pair = createKeyPair('p256')
    const bundle = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST) })
    expect(keyOutcome(bundle, keyOf(pair), { digest: OTHER_DIGEST })).toBe(
      `UNTRUSTED_DIGEST_MISMATCH: the signature is for ${DIGEST}, not for ${OTHER_DIGEST}`,
    )
  })

  test('hole 3: an attestation in the place of a signature', async () => {
    const pair = createKeyPair('p256')
    const payload = imageStatement(DIGEST, { predicateType: 'https://slsa.dev/provenance/v1' })
    const bundle = await sigstore.signBundle(pair, { payload })
    expect(keyOutcome(bundle, keyOf(pair))).toStartWith('UNTRUSTED_CLAIM: ')
  })

  test('hole 3: a signed digest without its bytes', async () => {
    const pair = createKeyPair('p256')
    const payload = simpleSigningPayload(DIGEST)
    const bundle = await sigstore.signBundle(pair, { payload, content: 'message' })
    expect(keyOutcome(bundle, keyOf(pair))).toBe(
      'UNTRUSTED_CLAIM: what is signed is no claim about an image: only a digest of it is known',
    )
  })

  test('the log entry of another key (CVE-2022-36056)', async () => {
    const pair = createKeyPair('p256')
    const other = createKeyPair('p256')
    const payload = imageStatement(DIGEST)
    const bundle = await sigstore.signBundle(pair, { payload })
    const signature = bundle.dsseEnvelope?.signatures[0]?.sig ?? ''
    const [entry] = (await sigstore.signBundle(other, { payload })).verificationMaterial.tlogEntries
    if (entry === undefined) throw new Error('no entry')
    const body = JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString())
    body.spec.signatures[0].signature = signature
    const forged = await sigstore.logV1(body.kind, body.apiVersion, body.spec)
    bundle.verificationMaterial.tlogEntries = [forged]
    expect(keyOutcome(bundle, keyOf(pair))).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry is of another key or certificate',
    )
  })

  test('the log entry of another content', async () => {
    const pair = createKeyPair('p256')
    const payload = imageStatement(DIGEST)
    const bundle = await sigstore.signBundle(pair, { payload })
    const body = JSON.parse(Buffer.from(entryOf(bundle).canonicalizedBody, 'base64').toString())
    body.spec.payloadHash.value = 'ab'.repeat(32)
    const forged = await sigstore.logV1(body.kind, body.apiVersion, body.spec)
    bundle.verificationMaterial.tlogEntries = [forged]
    expect(keyOutcome(bundle, keyOf(pair))).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry is of another content',
    )
  })

  test.each([
    ['rekord', '0.0.1'],
    ['intoto', '0.0.1'],
    ['dsse', '0.0.9'],
  ])('a log entry of the kind %s %s', async (kind, version) => {
    const pair = createKeyPair('p256')
    const bundle = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST) })
    bundle.verificationMaterial.tlogEntries = [await sigstore.logV1(kind, version, {})]
    expect(keyOutcome(bundle, keyOf(pair))).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry is of a kind that does not fit the signature',
    )
  })

  test('a log entry whose kind is not that of its body', async () => {
    const pair = createKeyPair('p256')
    const bundle = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST) })
    entryOf(bundle).kindVersion.kind = 'hashedrekord'
    expect(keyOutcome(bundle, keyOf(pair))).toBe(
      'UNTRUSTED_MALFORMED_SIGNATURE: malformed log entry: kind and version are not those of its body',
    )
  })

  test('a log entry with neither promise nor proof', async () => {
    const pair = createKeyPair('p256')
    const bundle = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST) })
    bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
    const evidence = entryOf(bundle)
    delete evidence.inclusionProof
    delete evidence.inclusionPromise
    expect(keyOutcome(bundle, keyOf(pair))).toStartWith('UNTRUSTED_MALFORMED_SIGNATURE: ')
  })

  test('no trust material for what the rule wants waits for the operator', async () => {
    const pair = createKeyPair('p256')
    const bundle = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST) })
    expect(keyOutcome(bundle, keyOf(pair), { material: NO_TRUST_MATERIAL })).toBe(
      'MISCONFIGURED_TRUST_MATERIAL: the trust material of the validator holds no transparency log, which the rule needs',
    )
  })
})

describe('log entries of other kinds', () => {
  test('an intoto entry of Rekor v1, whose signature is base64 of base64', async () => {
    const pair = createKeyPair('p256')
    const payload = imageStatement(DIGEST)
    const bundle = await sigstore.signBundle(pair, { payload })
    const dsse = JSON.parse(Buffer.from(entryOf(bundle).canonicalizedBody, 'base64').toString())
    const sig = Buffer.from(bundle.dsseEnvelope?.signatures[0]?.sig ?? '').toString('base64')
    const publicKey = Buffer.from(toPublicKeyPem(pair)).toString('base64')
    const content = {
      envelope: { signatures: [{ sig, publicKey }] },
      payloadHash: dsse.spec.payloadHash,
    }
    const entry = await sigstore.logV1('intoto', '0.0.2', { content })
    bundle.verificationMaterial.tlogEntries = [entry]
    expect(keyOutcome(bundle, keyOf(pair))).toBe('accepted')
  })

  test('a dsse entry of Rekor v2', async () => {
    const pair = createKeyPair('p256')
    const payload = imageStatement(DIGEST)
    const bundle = await sigstore.signBundle(pair, { payload, log: 'none', timestamp: false })
    const content = bundle.dsseEnvelope?.signatures[0]?.sig
    const spki = pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
    const digest = createHash('sha256').update(payload).digest('base64')
    const dsseV002 = {
      payloadHash: { algorithm: 'SHA2_256', digest },
      signatures: [{ content, verifier: { publicKey: { rawBytes: spki } } }],
    }
    bundle.verificationMaterial.tlogEntries = [sigstore.rekorV2.log('dsse', { dsseV002 })]
    expect(keyOutcome(bundle, keyOf(pair))).toBe('accepted')
  })

  test('the signature over a statement is verified over the bytes that were served', async () => {
    const pair = createKeyPair('p256')
    const payload = Buffer.from(imageStatement(DIGEST).toString().replaceAll('\n', '\r\n '))
    const making = { payload, log: 'none', timestamp: false } as const
    const bundle = await sigstore.signBundle(pair, making)
    expect(keyOutcome(bundle, keyOf(pair), NO_LOG)).toBe('accepted')
    const again = Buffer.from(JSON.stringify(JSON.parse(payload.toString())))
    if (bundle.dsseEnvelope) bundle.dsseEnvelope.payload = again.toString('base64')
    expect(keyOutcome(bundle, keyOf(pair), NO_LOG)).toStartWith('UNTRUSTED_SIGNATURE: ')
    const signature = sign('sha256', preAuthEncoding(again), pair.privateKey).toString('base64')
    if (bundle.dsseEnvelope) bundle.dsseEnvelope.signatures = [{ sig: signature }]
    expect(keyOutcome(bundle, keyOf(pair), NO_LOG)).toBe('accepted')
  })
})
