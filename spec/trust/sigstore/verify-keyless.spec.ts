import { describe, expect, test } from 'bun:test'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { createKeyPair } from '../../support/key-pair.ts'
import { RekorV2 } from '../../support/sigstore/rekor-v2.ts'
import {
  createSigstore,
  imageStatement,
  type Sigstore,
  simpleSigningPayload,
} from '../../support/sigstore/world.ts'
import {
  DIGEST,
  damage,
  entryOf,
  HOLDER,
  honestBundle,
  keylessOutcome,
  material,
  NOTHING,
  NOW,
  OTHER_DIGEST,
  sigstore,
} from './fixture.ts'

const NO_SCT = { verifyInTransparencyLog: true, verifySCT: false }

describe('a keyless bundle that counts', () => {
  test.each(['v1', 'v2'] as const)('DSSE in a log of Rekor %s', async (log) => {
    expect(keylessOutcome(await honestBundle(log))).toBe('accepted')
  })

  test.each(['v1', 'v2'] as const)('a message signature in a log of Rekor %s', async (log) => {
    const payload = simpleSigningPayload(DIGEST)
    const certified = await sigstore.certify(HOLDER)
    const bundle = await sigstore.signBundle(certified, { payload, content: 'message', log })
    expect(keylessOutcome(bundle, { payload })).toBe('accepted')
  })

  test('the promise of the log alone, as in bundles v0.1', async () => {
    const bundle = await honestBundle()
    bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
    delete entryOf(bundle).inclusionProof
    expect(keylessOutcome(bundle)).toBe('accepted')
  })

  test('an inclusion proof and a timestamp, without the promise', async () => {
    const certified = await sigstore.certify(HOLDER)
    const payload = imageStatement(DIGEST)
    const bundle = await sigstore.signBundle(certified, { payload, timestamp: true })
    delete entryOf(bundle).inclusionPromise
    expect(keylessOutcome(bundle)).toBe('accepted')
  })

  test('a certificate in a chain of one, as in bundles v0.1 and v0.2', async () => {
    const bundle = await honestBundle()
    const { certificate } = bundle.verificationMaterial
    delete bundle.verificationMaterial.certificate
    if (certificate)
      bundle.verificationMaterial.x509CertificateChain = { certificates: [certificate] }
    bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2'
    expect(keylessOutcome(bundle)).toBe('accepted')
  })
})

describe('a keyless bundle with a part forged', () => {
  test('wrong issuer', async () => {
    const certified = await sigstore.certify({ ...HOLDER, issuer: 'https://issuer.example.evil' })
    const bundle = await sigstore.signBundle(certified, { payload: imageStatement(DIGEST) })
    expect(keylessOutcome(bundle)).toBe(
      `UNTRUSTED_IDENTITY: signed by "${HOLDER.subject}" of the issuer "https://issuer.example.evil", not by "${HOLDER.subject}" of the issuer "${HOLDER.issuer}"`,
    )
  })

  test('wrong subject, of which the expected one is a part', async () => {
    const certified = await sigstore.certify({ ...HOLDER, subject: `${HOLDER.subject}-evil` })
    const bundle = await sigstore.signBundle(certified, { payload: imageStatement(DIGEST) })
    expect(keylessOutcome(bundle)).toStartWith('UNTRUSTED_IDENTITY: ')
  })

  test('a certificate that had expired when the log saw the signature', async () => {
    const later = await createSigstore({ clock: new Date(sigstore.clock.getTime() + 3_600_000) })
    const certified = await sigstore.certify(HOLDER)
    const bundle = await later.signBundle(certified, { payload: imageStatement(DIGEST) })
    const logs = { ...material, transparencyLogs: materialOf(later).transparencyLogs }
    const now = new Date(NOW.getTime() + 7_200_000)
    expect(keylessOutcome(bundle, { material: logs, now })).toMatch(
      /^UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: it was valid from .* to .*, and what was signed was signed at /,
    )
  })

  test('a signature that is said to be of the future', async () => {
    const bundle = await honestBundle()
    const before = new Date(sigstore.clock.getTime() - 3_600_000)
    expect(keylessOutcome(bundle, { now: before })).toStartWith(
      'UNTRUSTED_TIMESTAMP: the transparency log says ',
    )
  })

  test('a certificate without a promise of a certificate-transparency log', async () => {
    const bundle = await bundleWithoutSct()
    expect(keylessOutcome(bundle.json, { material: bundle.material })).toBe(
      'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: no certificate-transparency log lists it',
    )
    expect(keylessOutcome(bundle.json, { material: bundle.material, requirements: NO_SCT })).toBe(
      'accepted',
    )
  })

  test('a promise of a certificate-transparency log that is not trusted', async () => {
    const stranger = materialOf(await createSigstore())
    const otherwise = { material: { ...material, ctLogs: stranger.ctLogs } }
    expect(keylessOutcome(await honestBundle(), otherwise)).toBe(
      'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: no trusted certificate-transparency log lists it',
    )
  })

  test('verifySCT: false does not fail on the promise of an unknown log', async () => {
    const stranger = materialOf(await createSigstore())
    const otherwise = {
      material: { ...material, ctLogs: stranger.ctLogs },
      requirements: NO_SCT,
    }
    expect(keylessOutcome(await honestBundle(), otherwise)).toBe('accepted')
  })

  test('a promise that a trusted certificate-transparency log did not sign', async () => {
    const [log] = material.ctLogs
    const [stranger] = materialOf(await createSigstore()).ctLogs
    if (!log || !stranger) throw new Error('no logs')
    const ctLogs = [{ ...log, key: stranger.key }]
    expect(keylessOutcome(await honestBundle(), { material: { ...material, ctLogs } })).toBe(
      'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: the promise of a certificate-transparency log is forged',
    )
  })

  test.each(['v1', 'v2'] as const)('the log entry of another signature, Rekor %s', async (log) => {
    const bundle = await honestBundle(log)
    const other = await honestBundle(log)
    bundle.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry is of another signature',
    )
  })

  test('the log entry of the same signature under another certificate of the same key', async () => {
    const keyPair = createKeyPair('p256')
    const first = await sigstore.certify(HOLDER, keyPair)
    const evil = await sigstore.certify({ ...HOLDER, subject: 'https://evil.example' }, keyPair)
    const bundle = await sigstore.signBundle(evil, { payload: imageStatement(DIGEST) })
    bundle.verificationMaterial.certificate = { rawBytes: first.certificate.toString('base64') }
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry is of another key or certificate',
    )
  })

  test('a log index that is a text', async () => {
    const bundle = await honestBundle()
    entryOf(bundle).logIndex = 'seven'
    expect(keylessOutcome(bundle)).toStartWith('UNTRUSTED_MALFORMED_SIGNATURE: malformed bundle: ')
  })

  test.each(['1e3', '0x10', ' 7', '-1', '07', '9007199254740993'])(
    'the log index %s',
    async (logIndex) => {
      const bundle = await honestBundle()
      entryOf(bundle).logIndex = logIndex
      expect(keylessOutcome(bundle)).toStartWith(
        'UNTRUSTED_MALFORMED_SIGNATURE: malformed bundle: ',
      )
    },
  )

  test('another log index than the log promised', async () => {
    const bundle = await honestBundle()
    entryOf(bundle).logIndex = Number(entryOf(bundle).logIndex) + 1
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry does not count: the promise of the log is forged',
    )
  })

  test('another time than the log promised', async () => {
    const bundle = await honestBundle()
    entryOf(bundle).integratedTime = String(Number(entryOf(bundle).integratedTime) + 1)
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry does not count: the promise of the log is forged',
    )
  })

  test('the checkpoint of another log with the same name', async () => {
    const stranger = await createSigstore()
    const other = await stranger.signBundle(await stranger.certify(HOLDER), {
      payload: imageStatement(DIGEST),
    })
    const bundle = await honestBundle()
    const { inclusionProof } = entryOf(other)
    if (inclusionProof) entryOf(bundle).inclusionProof = inclusionProof
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry does not count: it has a checkpoint that the log did not sign',
    )
  })

  test('the checkpoint of another log under the key of this one (C2SP signed-note)', async () => {
    const { rekorV2 } = sigstore
    const bundle = await honestBundle('v2')
    const { inclusionProof } = entryOf(bundle)
    const other = new RekorV2('other.rekor.example', rekorV2.keyPair, rekorV2.keyId)
    const root = Buffer.from(inclusionProof?.rootHash ?? '', 'base64')
    const envelope = other.checkpoint(Number(inclusionProof?.treeSize), root)
    if (inclusionProof) inclusionProof.checkpoint = { envelope }
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry does not count: it has a checkpoint of another log',
    )
  })

  test('a log entry of a log that is not trusted', async () => {
    const stranger = await createSigstore()
    const certified = await sigstore.certify(HOLDER)
    const bundle = await stranger.signBundle(certified, { payload: imageStatement(DIGEST) })
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry does not count: it is of a log that is not trusted',
    )
  })

  test('no log entry where the rule wants one', async () => {
    const certified = await sigstore.certify(HOLDER)
    const making = { payload: imageStatement(DIGEST), log: 'none' } as const
    const bundle = await sigstore.signBundle(certified, making)
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the signature has no entry in a transparency log, which verifyInTransparencyLog: false would do without',
    )
    expect(keylessOutcome(bundle, { requirements: NOTHING })).toBe('accepted')
  })

  test('the same log entry twice', async () => {
    const bundle = await honestBundle()
    bundle.verificationMaterial.tlogEntries.push(entryOf(bundle))
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry does not count: it is there twice',
    )
  })

  test('a log entry without a time, and no timestamp', async () => {
    const bundle = await honestBundle('v2')
    delete bundle.verificationMaterial.timestampVerificationData
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_TIMESTAMP: neither a log nor a timestamp authority says when the signature was made',
    )
  })

  test('the time of a proof without the promise is nobody’s word', async () => {
    const bundle = await honestBundle()
    delete entryOf(bundle).inclusionPromise
    expect(keylessOutcome(bundle)).toStartWith('UNTRUSTED_TIMESTAMP: neither a log nor ')
  })

  test('a timestamp outside the validity of the certificate', async () => {
    const later = await createSigstore({ clock: new Date(sigstore.clock.getTime() + 3_600_000) })
    const certified = await sigstore.certify(HOLDER)
    const bundle = await sigstore.signBundle(certified, {
      payload: imageStatement(DIGEST),
      log: 'v2',
    })
    const signature = Buffer.from(bundle.dsseEnvelope?.signatures[0]?.sig ?? '', 'base64')
    bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps.push({
      signedTimestamp: (await later.stamp(signature)).toString('base64'),
    })
    const { timestampAuthorities } = materialOf(later)
    const both = {
      ...material,
      timestampAuthorities: [...material.timestampAuthorities, ...timestampAuthorities],
    }
    const now = new Date(NOW.getTime() + 7_200_000)
    expect(keylessOutcome(bundle, { material: both, now })).toStartWith(
      'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: it was valid from ',
    )
  })

  test('the timestamp of another signature', async () => {
    const bundle = await honestBundle('v2')
    const other = await honestBundle('v2')
    const { timestampVerificationData } = other.verificationMaterial
    if (timestampVerificationData) {
      bundle.verificationMaterial.timestampVerificationData = timestampVerificationData
    }
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_TIMESTAMP: the timestamp does not count: it is not for this signature, or forged',
    )
  })

  test('a timestamp of an authority that is not trusted', async () => {
    const bundle = await honestBundle('v2')
    const { timestampAuthorities } = materialOf(await createSigstore())
    expect(keylessOutcome(bundle, { material: { ...material, timestampAuthorities } })).toStartWith(
      'UNTRUSTED_TIMESTAMP: the timestamp does not count: ',
    )
  })

  test('a timestamp made when its authority was not trusted yet', async () => {
    const bundle = await honestBundle('v2')
    const timestampAuthorities = material.timestampAuthorities.map((authority) => ({
      ...authority,
      validity: { start: NOW },
    }))
    expect(keylessOutcome(bundle, { material: { ...material, timestampAuthorities } })).toStartWith(
      'UNTRUSTED_TIMESTAMP: the timestamp does not count: its authority was not valid at ',
    )
  })

  test('the same timestamp twice', async () => {
    const bundle = await honestBundle('v2')
    const stamps = bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps
    stamps?.push(...stamps)
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_TIMESTAMP: the signature has the same timestamp twice',
    )
  })

  test('a timestamp of a day that does not exist', async () => {
    const bundle = await honestBundle('v2')
    const [stamp] = bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []
    const text = Buffer.from(stamp?.signedTimestamp ?? '', 'base64').toString('latin1')
    const forged = text.replace(/(20\d\d)\d{4}(\d{6}Z)/, '$19999$2')
    if (stamp) stamp.signedTimestamp = Buffer.from(forged, 'latin1').toString('base64')
    expect(forged).not.toBe(text)
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_TIMESTAMP: the timestamp does not count: it cannot be read',
    )
  })

  test('bytes that are no timestamp', async () => {
    const bundle = await honestBundle('v2')
    const signedTimestamp = Buffer.from('no timestamp').toString('base64')
    bundle.verificationMaterial.timestampVerificationData = {
      rfc3161Timestamps: [{ signedTimestamp }],
    }
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_TIMESTAMP: the timestamp does not count: it cannot be read',
    )
  })

  test('a certificate chain in another order', async () => {
    const bundle = await bundleWithChain((leaf, root) => [root, leaf])
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: it is that of an authority',
    )
  })

  test('a second certificate appended, of somebody else', async () => {
    const other = await sigstore.certify({ ...HOLDER, subject: 'https://evil.example' })
    const bundle = await bundleWithChain((leaf) => [leaf, other.certificate])
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: certificate 2 of its chain did not issue the one before it',
    )
  })

  test('a certificate of an authority of the same name that is not trusted', async () => {
    const stranger = await createSigstore({ clock: sigstore.clock })
    const certified = await stranger.certify(HOLDER)
    const bundle = await sigstore.signBundle(certified, { payload: imageStatement(DIGEST) })
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: no trusted authority issued it',
    )
  })

  test('an authority whose validity is over', async () => {
    const end = new Date(sigstore.clock.getTime() - 1000)
    const certificateAuthorities = material.certificateAuthorities.map((authority) => ({
      ...authority,
      validity: { start: new Date(0), end },
    }))
    const otherwise = { material: { ...material, certificateAuthorities } }
    expect(keylessOutcome(await honestBundle(), otherwise)).toEndWith(
      'no trusted authority issued it',
    )
  })

  test('a log whose validity is over', async () => {
    const end = new Date(sigstore.clock.getTime() - 1000)
    const transparencyLogs = material.transparencyLogs.map((log) => ({
      ...log,
      validity: { start: new Date(0), end },
    }))
    const otherwise = { material: { ...material, transparencyLogs } }
    for (const log of ['v1', 'v2'] as const) {
      expect(keylessOutcome(await honestBundle(log), otherwise)).toBe(
        'UNTRUSTED_LOG_ENTRY: the log entry does not count: its log was not trusted at that time',
      )
    }
  })

  test('the signature of a bare key', async () => {
    const bundle = await sigstore.signBundle(createKeyPair('p256'), {
      payload: imageStatement(DIGEST),
    })
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_CERTIFICATE: the certificate of the signer does not count: there is none, the signature was made with a bare key',
    )
  })

  test('the signature of another key than the certificate’s', async () => {
    const bundle = await honestBundle()
    const other = await sigstore.certify(HOLDER)
    bundle.verificationMaterial.certificate = { rawBytes: other.certificate.toString('base64') }
    expect(keylessOutcome(bundle)).toBe(
      'UNTRUSTED_SIGNATURE: the signature is not of the expected key',
    )
  })

  test('a payload of another image under the signature', async () => {
    const bundle = await honestBundle()
    if (bundle.dsseEnvelope) {
      bundle.dsseEnvelope.payload = imageStatement(OTHER_DIGEST).toString('base64')
    }
    expect(keylessOutcome(bundle, { digest: OTHER_DIGEST })).toBe(
      'UNTRUSTED_SIGNATURE: the signature is not of the expected key',
    )
  })

  test('another payload type under the signature', async () => {
    const bundle = await honestBundle()
    if (bundle.dsseEnvelope) bundle.dsseEnvelope.payloadType = 'application/json'
    expect(keylessOutcome(bundle)).toStartWith('UNTRUSTED_SIGNATURE: ')
  })

  test('one bit of each part in Rekor v1 and v2', async () => {
    for (const log of ['v1', 'v2'] as const) {
      const honest = await honestBundle(log)
      const places = basePlaces(honest)
      expect(places.length).toBeGreaterThan(5)
      for (const { path, set } of places) {
        const bundle = structuredClone(honest)
        set(bundle)
        expect([path, keylessOutcome(bundle)]).not.toEqual([path, 'accepted'])
      }
    }
  })
})

/** Every base64 text of a bundle that is evidence, with a way to damage it. */
function basePlaces(bundle: object, path = ''): { path: string; set: (bundle: object) => void }[] {
  return Object.entries(bundle).flatMap(([name, value]) => {
    const here = `${path}/${name}`
    // The proof's own root and size are not read: those of the signed checkpoint count.
    if (here.endsWith('/rootHash') || here.endsWith('/keyid')) return []
    if (typeof value === 'object' && value !== null) return basePlaces(value, here)
    if (typeof value !== 'string' || !/^[A-Za-z0-9+/]{40,}={0,2}$/.test(value)) return []
    const set = (target: object) => {
      const names = here.split('/').slice(1)
      const last = names.pop() ?? ''
      const owner = names.reduce<unknown>((at, each) => Reflect.get(Object(at), each), target)
      Reflect.set(Object(owner), last, damage(value))
    }
    return [{ path: here, set }]
  })
}

function materialOf(world: Sigstore) {
  return parseTrustedRoot(Buffer.from(JSON.stringify(world.trustedRoot)))
}

async function bundleWithChain(order: (leaf: Buffer, root: Buffer) => readonly Buffer[]) {
  const bundle = await honestBundle()
  const leaf = Buffer.from(bundle.verificationMaterial.certificate?.rawBytes ?? '', 'base64')
  const [authority] = sigstore.trustedRoot.certificateAuthorities
  const root = Buffer.from(authority?.certChain.certificates[0]?.rawBytes ?? '', 'base64')
  delete bundle.verificationMaterial.certificate
  bundle.verificationMaterial.x509CertificateChain = {
    certificates: order(leaf, root).map((der) => ({ rawBytes: der.toString('base64') })),
  }
  return bundle
}

/** A Sigstore whose authority asks no certificate-transparency log. */
async function bundleWithoutSct() {
  const world = await createSigstore({ clock: sigstore.clock, listsCertificates: false })
  const certified = await world.certify(HOLDER)
  const json = await world.signBundle(certified, { payload: imageStatement(DIGEST) })
  return { json, material: materialOf(world) }
}
