import { createKeyPair, toPublicKeyPem } from '../../support/key-pair.ts'
import type { BundleJson, LogEntryJson } from '../../support/sigstore/bundle-json.ts'
import {
  createSigstore,
  imageStatement,
  type Sigstore,
  simpleSigningPayload,
} from '../../support/sigstore/world.ts'
import type { Vector } from './vector.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`
const OTHER = `sha256:${'cd'.repeat(32)}`
const HOLDER = {
  issuer: 'https://issuer.example',
  subject: 'https://ci.example/team/app/.workflows/release.yml@refs/heads/main',
}
const MINUTE_MS = 60_000

/** A forgery: what is done to an honest bundle, and what has to be said to it. */
interface Forgery {
  readonly name: string
  readonly what: string
  readonly log?: 'v1' | 'v2'
  readonly forge: (bundle: BundleJson, sigstore: Sigstore) => void | Promise<void>
  readonly expect: Vector['expect']
  readonly more?: Partial<Vector>
}

const refused = (code: string, reason: string) => ({ code, reason })

function entryOf(bundle: BundleJson): LogEntryJson {
  const [entry] = bundle.verificationMaterial.tlogEntries
  if (entry === undefined) throw new Error('no log entry')
  return entry
}

async function honest(sigstore: Sigstore, log: 'v1' | 'v2' = 'v1', holder = HOLDER) {
  const certified = await sigstore.certify(holder)
  return sigstore.signBundle(certified, { payload: imageStatement(DIGEST), log })
}

const FORGERIES: readonly Forgery[] = [
  { name: 'keyless-rekor-v1', what: 'nothing', forge: () => {}, expect: { digest: DIGEST } },
  {
    name: 'keyless-rekor-v2',
    what: 'nothing',
    log: 'v2',
    forge: () => {},
    expect: { digest: DIGEST },
  },
  {
    name: 'keyless-promise-only',
    what: 'nothing: a bundle v0.1',
    forge: (bundle) => {
      bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
      delete entryOf(bundle).inclusionProof
    },
    expect: { digest: DIGEST },
  },
  {
    name: 'keyless-wrong-issuer',
    what: 'another issuer than the trust root names',
    forge: () => {},
    more: { signer: { ...HOLDER, issuer: 'https://issuer.exampl' } },
    expect: refused('UNTRUSTED_IDENTITY', 'of the issuer "https://issuer.example"'),
  },
  {
    name: 'keyless-subject-unanchored',
    what: 'the expected subject is a part of the certified one',
    forge: () => {},
    more: { signer: { ...HOLDER, subject: 'https://ci.example/team/app' } },
    expect: refused('UNTRUSTED_IDENTITY', 'release.yml@refs/heads/main'),
  },
  {
    name: 'keyless-future',
    what: 'the log says a time that is to come',
    forge: () => {},
    more: { now: '2020-01-01T00:00:00.000Z' },
    expect: refused('UNTRUSTED_TIMESTAMP', 'which is later than now'),
  },
  {
    name: 'keyless-entry-of-another-signature',
    what: 'the log entry of another signature of the same signer (CVE-2022-36056)',
    forge: async (bundle, sigstore) => {
      bundle.verificationMaterial.tlogEntries = (
        await honest(sigstore)
      ).verificationMaterial.tlogEntries
    },
    expect: refused('UNTRUSTED_LOG_ENTRY', 'of another signature'),
  },
  {
    name: 'keyless-log-index-text',
    what: 'a log index that is no number',
    forge: (bundle) => {
      entryOf(bundle).logIndex = 'seven'
    },
    expect: refused('UNTRUSTED_MALFORMED_SIGNATURE', 'logIndex'),
  },
  {
    name: 'keyless-log-index-moved',
    what: 'another log index than the log promised',
    forge: (bundle) => {
      entryOf(bundle).logIndex = String(Number(entryOf(bundle).logIndex) + 1)
    },
    expect: refused('UNTRUSTED_LOG_ENTRY', 'the promise of the log is forged'),
  },
  {
    name: 'keyless-checkpoint-of-another-log',
    what: 'the checkpoint and proof of a log of the same name',
    forge: async (bundle) => {
      const { inclusionProof } = entryOf(await honest(await createSigstore()))
      if (inclusionProof) entryOf(bundle).inclusionProof = inclusionProof
    },
    expect: refused('UNTRUSTED_LOG_ENTRY', 'a checkpoint that the log did not sign'),
  },
  {
    name: 'keyless-proof-shortened',
    what: 'the proof lacks its last hash',
    log: 'v2',
    forge: (bundle) => void entryOf(bundle).inclusionProof?.hashes.pop(),
    expect: refused('UNTRUSTED_LOG_ENTRY', 'does not lead to the checkpoint'),
  },
  {
    name: 'keyless-no-time',
    what: 'a log entry without a time, and no timestamp',
    log: 'v2',
    forge: (bundle) => {
      delete bundle.verificationMaterial.timestampVerificationData
    },
    expect: refused('UNTRUSTED_TIMESTAMP', 'says when the signature was made'),
  },
  {
    name: 'keyless-timestamp-of-another-signature',
    what: 'the timestamp of another signature',
    log: 'v2',
    forge: async (bundle, sigstore) => {
      const other = await honest(sigstore, 'v2')
      const { timestampVerificationData } = other.verificationMaterial
      if (timestampVerificationData) {
        bundle.verificationMaterial.timestampVerificationData = timestampVerificationData
      }
    },
    expect: refused('UNTRUSTED_TIMESTAMP', 'not for this signature'),
  },
  {
    name: 'keyless-no-log-entry',
    what: 'the log entry is left out',
    forge: (bundle) => {
      bundle.verificationMaterial.tlogEntries = []
    },
    expect: refused('UNTRUSTED_LOG_ENTRY', 'no entry in a transparency log'),
  },
  {
    name: 'keyless-entry-twice',
    what: 'the same log entry twice',
    forge: (bundle) => void bundle.verificationMaterial.tlogEntries.push(entryOf(bundle)),
    expect: refused('UNTRUSTED_LOG_ENTRY', 'twice'),
  },
  {
    name: 'keyless-stranger-authority',
    what: 'a certificate of an authority of the same name',
    forge: async (bundle, sigstore) => {
      const stranger = await createSigstore({ clock: sigstore.clock })
      const certified = await stranger.certify(HOLDER)
      const forged = await sigstore.signBundle(certified, { payload: imageStatement(DIGEST) })
      Object.assign(bundle, forged)
    },
    expect: refused('UNTRUSTED_CERTIFICATE', 'no trusted authority issued it'),
  },
  {
    name: 'keyless-payload-swapped',
    what: 'the statement of another image under the signature',
    forge: (bundle) => {
      if (bundle.dsseEnvelope) {
        bundle.dsseEnvelope.payload = imageStatement(OTHER).toString('base64')
      }
    },
    more: { digest: OTHER },
    expect: refused('UNTRUSTED_SIGNATURE', 'not of the expected key'),
  },
  {
    name: 'keyless-two-contents',
    what: 'an envelope and a message signature',
    forge: (bundle) => {
      const messageDigest = { algorithm: 'SHA2_256', digest: 'AAAA' }
      bundle.messageSignature = { messageDigest, signature: 'AAAA' }
    },
    expect: refused('UNTRUSTED_MALFORMED_SIGNATURE', 'two contents'),
  },
]

/** Bundles of `@sigstore/mock`, honest ones and such with one part forged. */
export async function makeForged(): Promise<ReadonlyMap<string, Vector>> {
  const sigstore = await createSigstore()
  const vectors = new Map<string, Vector>()
  for (const { name, what, log, forge, expect, more } of FORGERIES) {
    const bundle = await honest(sigstore, log)
    await forge(bundle, sigstore)
    vectors.set(name, { ...common(sigstore, what), ...withBundle(bundle), expect, ...more })
  }
  await addChains(vectors, sigstore)
  await addKeys(vectors, sigstore)
  return vectors
}

async function addChains(vectors: Map<string, Vector>, sigstore: Sigstore): Promise<void> {
  const [authority] = sigstore.trustedRoot.certificateAuthorities
  const root = authority?.certChain.certificates[0]?.rawBytes ?? ''
  const stranger = await sigstore.certify({ ...HOLDER, subject: 'https://evil.example' })
  const second = stranger.certificate.toString('base64')
  const chains = [
    [
      'keyless-chain-reordered',
      'the chain in another order',
      (leaf: string) => [root, leaf],
      'an authority',
    ],
    [
      'keyless-second-certificate',
      'a second certificate appended',
      (leaf: string) => [leaf, second],
      'did not issue',
    ],
  ] as const
  for (const [name, what, order, reason] of chains) {
    const bundle = await honest(sigstore)
    const leaf = bundle.verificationMaterial.certificate?.rawBytes ?? ''
    delete bundle.verificationMaterial.certificate
    const certificates = order(leaf).map((rawBytes) => ({ rawBytes }))
    bundle.verificationMaterial.x509CertificateChain = { certificates }
    const expect = refused('UNTRUSTED_CERTIFICATE', reason)
    vectors.set(name, { ...common(sigstore, what), ...withBundle(bundle), expect })
  }
  const unlisted = await createSigstore({ listsCertificates: false })
  const bundle = await honest(unlisted)
  const expect = refused('UNTRUSTED_CERTIFICATE', 'no certificate-transparency log lists it')
  const vector = { ...common(unlisted, 'a certificate that no log lists'), ...withBundle(bundle) }
  vectors.set('keyless-no-sct', { ...vector, expect })
  vectors.set('keyless-no-sct-wanted', { ...vector, verifySCT: false, expect: { digest: DIGEST } })
}

async function addKeys(vectors: Map<string, Vector>, sigstore: Sigstore): Promise<void> {
  const pair = createKeyPair('p256')
  const signer = { key: toPublicKeyPem(pair) }
  const cases: readonly (readonly [string, string, Buffer, Vector['expect']])[] = [
    ['key-logged', 'nothing', imageStatement(DIGEST), { digest: DIGEST }],
    [
      'key-subjects-differ',
      'subjects of different digests, one of which fits',
      imageStatement([DIGEST, OTHER]),
      refused('UNTRUSTED_CLAIM', 'subjects of different digests'),
    ],
    [
      'key-no-subject',
      'no subject at all',
      imageStatement([]),
      refused('UNTRUSTED_CLAIM', 'no subject'),
    ],
    [
      'key-provenance',
      'an attestation of provenance',
      imageStatement(DIGEST, { predicateType: 'https://slsa.dev/provenance/v1' }),
      refused('UNTRUSTED_CLAIM', 'slsa.dev'),
    ],
  ]
  for (const [name, what, payload, expect] of cases) {
    const bundle = await sigstore.signBundle(pair, { payload })
    vectors.set(name, { ...common(sigstore, what), ...withBundle(bundle), signer, expect })
  }
  for (const [name, what, digest, expect] of [
    ['key-simple-signing', 'nothing', DIGEST, { digest: DIGEST }],
    [
      'key-empty-digest',
      'a payload with an empty digest',
      '',
      refused('UNTRUSTED_CLAIM', 'no digest'),
    ],
  ] as const) {
    const payload = simpleSigningPayload(digest)
    const annotations = await sigstore.signSimple(pair, payload)
    const layer = { payload: payload.toString('base64'), annotations: { ...annotations } }
    vectors.set(name, { ...common(sigstore, what), ...layer, signer, expect })
  }
}

function withBundle(bundle: BundleJson) {
  return { bundle: Buffer.from(JSON.stringify(bundle)).toString('base64') }
}

function common(sigstore: Sigstore, what: string): Vector {
  return {
    source: `@sigstore/mock 0.13.0 and spec/support/sigstore; forged: ${what}`,
    now: new Date(sigstore.clock.getTime() + MINUTE_MS).toISOString(),
    digest: DIGEST,
    signer: HOLDER,
    verifyInTransparencyLog: true,
    verifySCT: true,
    trustedRoot: sigstore.trustedRoot,
    expect: { digest: DIGEST },
  }
}
