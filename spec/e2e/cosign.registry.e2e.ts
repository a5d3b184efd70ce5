import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { selfSignedCertificate } from '../support/certificate.ts'
import { createKeyPair, toPrivateKeyPem } from '../support/key-pair.ts'
import { digestOf, OCI_INDEX, OCI_MANIFEST } from '../support/registry/store.ts'
import type { Connaisseur } from './support/connaisseur.ts'
import type { Signer, SignOptions } from './support/cosign.ts'
import { CosignStage, REGISTRIES } from './support/cosign-stage.ts'
import { expectAdmitted, expectDenied } from './support/expectations.ts'
import { parseJson } from './support/metadata.ts'

setDefaultTimeout(60_000)

const FORMS: readonly SignOptions['form'][] = ['bundle', 'tag']
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json'
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

describe.each(REGISTRIES)('cosign 3.1.3 and %s', (kind) => {
  let stage: CosignStage
  let alice: Signer
  let bob: Signer
  let mallory: Signer
  /** Trusts alice. */
  let connaisseur: Connaisseur

  beforeAll(async () => {
    stage = await CosignStage.open(kind)
    alice = await stage.cosign.addSigner('alice')
    bob = await stage.cosign.addSigner('bob')
    mallory = await stage.cosign.addSigner('mallory')
    connaisseur = await stage.trust({ alice })
  })
  afterAll(() => stage?.close())

  /** The image by digest, as people sign it. */
  const pinned = (repository: string, digest: string) => `${stage.host}/${repository}@${digest}`

  const push = async (repository: string) => (await stage.push(repository)).digest

  describe.each(FORMS)('in the form %s', (form) => {
    const named = (name: string) => `${form}-${name}`
    const sign = (repository: string, digest: string, signer: Signer) =>
      stage.cosign.sign(pinned(repository, digest), signer, { form })

    test('a signature of the trusted key is accepted', async () => {
      const [repository, digest] = [named('signed'), await push(named('signed'))]
      await stage.expectRefused(connaisseur, repository, 'UNTRUSTED_NOT_SIGNED', alice)
      await sign(repository, digest, alice)
      await stage.expectAccepted(connaisseur, repository, digest, alice)
    })

    test('a signature of another key is not', async () => {
      const [repository, digest] = [named('stranger'), await push(named('stranger'))]
      await sign(repository, digest, mallory)
      await stage.expectRefused(connaisseur, repository, 'UNTRUSTED_SIGNATURE', alice)
    })

    test('two signers are needed where two are asked for', async () => {
      const [repository, digest] = [named('two'), await push(named('two'))]
      const both = await stage.trust({ alice, bob }, { trustRoot: '*', threshold: 2 })
      await sign(repository, digest, alice)
      await sign(repository, digest, alice)
      await expectDenied(both, stage.nameOf(repository), 'UNTRUSTED_SIGNATURE')
      await sign(repository, digest, bob)
      await stage.expectAccepted(both, repository, digest, alice)
      expect(await stage.cosign.accepts(stage.nameOf(repository), bob)).toBeTrue()
    })

    test('an index is judged as the index', async () => {
      const [repository, digest] = [named('index'), await push(named('index'))]
      await sign(repository, digest, alice)
      const index = await writeIndex(repository, digest)
      await stage.expectRefused(connaisseur, repository, 'UNTRUSTED_NOT_SIGNED', alice)
      await sign(repository, index, alice)
      await stage.expectAccepted(connaisseur, repository, index, alice)
    })

    test('a signature that is removed between two admissions is missed', async () => {
      const [repository, digest] = [named('removed'), await push(named('removed'))]
      await sign(repository, digest, alice)
      await stage.expectAccepted(connaisseur, repository, digest, alice)
      for (const each of await signaturesOf(repository, digest)) {
        await stage.remove(repository, each)
      }
      const image = stage.nameOf(repository)
      expect(await stage.cosign.accepts(image, alice)).toBeFalse()
      const { entry } = await connaisseur.verify(image)
      expect(entry).toMatchObject({ trusted: false })
      await expectDenied(connaisseur, image, entry.code ?? '')
      expect(entry.code).toStartWith('UNTRUSTED_')
    })

    test('signatures may be in another repository', async () => {
      const [repository, digest] = [named('elsewhere'), await push(named('elsewhere'))]
      const elsewhere = `${stage.host}/${form}-signatures`
      const image = pinned(repository, digest)
      await stage.cosign.sign(image, alice, { form, repository: elsewhere })
      const there = await stage.trust({ alice }, {}, { repository: elsewhere })
      await expectAdmitted(there, stage.nameOf(repository), digest)
      await stage.expectRefused(connaisseur, repository, 'UNTRUSTED_NOT_SIGNED', alice)
    })
  })

  test.each(FORMS)(
    'a certificate is a trust root, also of a signature with one (%s)',
    async (form) => {
      const name = `certified-${form}`
      const keyPair = createKeyPair('p256')
      const cert = await selfSignedCertificate({ commonName: 'carol', keyPair })
      const carol = await stage.cosign.addSigner(name, toPrivateKeyPem(keyPair))
      const certificateFile = join(carol.folder, 'certificate.pem')
      await Bun.write(certificateFile, cert)
      const digest = await push(name)
      const flags = ['--certificate', certificateFile]
      await stage.cosign.sign(pinned(name, digest), carol, { form, flags })
      const trusting = await stage.trust({ carol: { cert } })
      await expectAdmitted(trusting, stage.nameOf(name), digest)
      await expectDenied(connaisseur, stage.nameOf(name), 'UNTRUSTED_SIGNATURE')
    },
  )

  test('both forms may stand on one image', async () => {
    const digest = await push('both')
    for (const form of FORMS) await stage.cosign.sign(pinned('both', digest), alice, { form })
    await stage.expectAccepted(connaisseur, 'both', digest, alice)
  })

  test('simple signing as an OCI 1.1 referrer counts', async () => {
    const digest = await push('oci11')
    const env = { COSIGN_EXPERIMENTAL: '1' }
    const flags = ['--registry-referrers-mode=oci-1-1']
    await stage.cosign.sign(pinned('oci11', digest), alice, { form: 'tag', flags, env })
    await expectAdmitted(connaisseur, stage.nameOf('oci11'), digest)
  })

  describe('hole 3: what was signed is not this image', () => {
    test('a signature tag copied from another image', async () => {
      const [signed, victim] = [await push('copied'), await push('copied')]
      await stage.cosign.sign(pinned('copied', signed), alice, { form: 'tag' })
      const copy = await (await stage.read('copied', signatureTag(signed)))?.text()
      await stage.write('copied', signatureTag(victim), copy ?? '', OCI_MANIFEST)
      await stage.expectRefused(connaisseur, 'copied', 'UNTRUSTED_DIGEST_MISMATCH', alice)
    })

    test('a bundle attached to another image', async () => {
      const [signed, victim] = [await push('moved'), await push('moved')]
      await stage.cosign.sign(pinned('moved', signed), alice, { form: 'bundle' })
      const [manifest] = await referrersOf('moved', signed)
      const text = (await (await stage.read('moved', manifest ?? ''))?.text()) ?? ''
      await attach('moved', victim, text.replaceAll(signed, victim))
      await stage.expectRefused(connaisseur, 'moved', 'UNTRUSTED_DIGEST_MISMATCH', alice)
    })

    test('what sign-blob made, as a signature tag', async () => {
      const digest = await push('blob')
      const blob = 'whatever was signed as a blob'
      const { signature } = await stage.cosign.signBlob(blob, alice)
      await writeSignatureTag('blob', digest, blob, signature)
      await stage.expectRefused(connaisseur, 'blob', 'UNTRUSTED_MALFORMED_SIGNATURE', alice)
    })

    test('what sign-blob made of a manifest, as a bundle', async () => {
      const digest = await push('blob-bundle')
      const manifest =
        (await (await stage.read('blob-bundle', digest))?.bytes()) ?? new Uint8Array()
      const { bundle } = await stage.cosign.signBlob(manifest, alice)
      const layer = digestOf(Buffer.from(bundle))
      await stage.writeBlob('blob-bundle', layer, bundle)
      const layers = [{ mediaType: BUNDLE, digest: layer, size: Buffer.byteLength(bundle) }]
      await attach('blob-bundle', digest, await toManifest('blob-bundle', digest, layers))
      await stage.expectRefused(connaisseur, 'blob-bundle', 'UNTRUSTED_CLAIM', alice)
    })

    test('an attestation, which cosign takes for a signature (laxer than we are)', async () => {
      const digest = await push('attested')
      await stage.cosign.attest(pinned('attested', digest), alice)
      const image = stage.nameOf('attested')
      expect(await stage.cosign.accepts(image, alice)).toBeTrue()
      const { entry } = await connaisseur.verify(image)
      expect(entry.code).toBeOneOf(['UNTRUSTED_NOT_SIGNED', 'UNTRUSTED_CLAIM'])
      await expectDenied(connaisseur, image, entry.code ?? '')
    })
  })

  test('a stranger’s bundle does not hide a signature at the tag, as it does for cosign', async () => {
    const digest = await push('hidden')
    await stage.cosign.sign(pinned('hidden', digest), mallory, { form: 'bundle' })
    await stage.cosign.sign(pinned('hidden', digest), alice, { form: 'tag' })
    expect(await stage.cosign.accepts(stage.nameOf('hidden'), alice)).toBeFalse()
    await expectAdmitted(connaisseur, stage.nameOf('hidden'), digest)
  })

  /** Makes `repository:1` an index of one image. */
  async function writeIndex(repository: string, digest: string): Promise<string> {
    const bytes = (await (await stage.read(repository, digest))?.bytes()) ?? new Uint8Array()
    const platform = { architecture: 'amd64', os: 'linux' }
    const manifests = [{ mediaType: OCI_MANIFEST, digest, size: bytes.length, platform }]
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })
    await stage.write(repository, '1', index, OCI_INDEX)
    return digestOf(Buffer.from(index))
  }

  /** What has to be removed for an image to have no signature any more. */
  async function signaturesOf(repository: string, digest: string): Promise<readonly string[]> {
    return [...(await referrersOf(repository, digest)), signatureTag(digest), referrersTag(digest)]
  }

  async function referrersOf(repository: string, digest: string): Promise<readonly string[]> {
    const response =
      kind === 'docker-registry'
        ? await stage.read(repository, referrersTag(digest))
        : await fetch(`http://${stage.host}/v2/${repository}/referrers/${digest}`)
    const text = (await response?.text()) ?? '{"manifests":[]}'
    return parseJson(Index, text).manifests.map((each) => each.digest)
  }

  /** Pushes what refers to an image, and lists it where the registry does not. */
  async function attach(repository: string, subject: string, manifest: string): Promise<void> {
    const digest = digestOf(Buffer.from(manifest))
    await stage.write(repository, digest, manifest, OCI_MANIFEST)
    if (kind !== 'docker-registry') return
    const size = Buffer.byteLength(manifest)
    const manifests = [{ mediaType: OCI_MANIFEST, digest, size, artifactType: BUNDLE }]
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })
    await stage.write(repository, referrersTag(subject), index, OCI_INDEX)
  }

  async function writeSignatureTag(
    repository: string,
    digest: string,
    payload: string,
    signature: string,
  ): Promise<void> {
    const layer = digestOf(Buffer.from(payload))
    await stage.writeBlob(repository, layer, payload)
    const annotations = { 'dev.cosignproject.cosign/signature': signature }
    const size = Buffer.byteLength(payload)
    const layers = [{ mediaType: SIMPLE_SIGNING, digest: layer, size, annotations }]
    const manifest = await toManifest(repository, undefined, layers)
    await stage.write(repository, signatureTag(digest), manifest, OCI_MANIFEST)
  }

  async function toManifest(
    repository: string,
    subject: string | undefined,
    layers: readonly object[],
  ): Promise<string> {
    const empty = digestOf(Buffer.from('{}'))
    await stage.writeBlob(repository, empty, '{}')
    const type = subject === undefined ? 'application/vnd.oci.image.config.v1+json' : EMPTY
    return JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: type, digest: empty, size: 2 },
      layers,
      ...(subject !== undefined && {
        artifactType: BUNDLE,
        subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 },
      }),
    })
  }
})

const Index = Type.Object({ manifests: Type.Array(Type.Object({ digest: Type.String() })) })
const EMPTY = 'application/vnd.oci.empty.v1+json'

const signatureTag = (digest: string) => `${digest.replace(':', '-')}.sig`
const referrersTag = (digest: string) => digest.replace(':', '-')

describe('keys of every kind that cosign takes', () => {
  let stage: CosignStage
  beforeAll(async () => {
    stage = await CosignStage.open('docker-registry')
  })
  afterAll(() => stage?.close())

  const pem = { format: 'pem', type: 'pkcs8' } as const
  const KEYS = {
    'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export(pem),
    'P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey.export(pem),
    'RSA 2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem),
    'RSA 4096': () => generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey.export(pem),
    Ed25519: () => generateKeyPairSync('ed25519').privateKey.export(pem),
  }

  test.each(Object.keys(KEYS) as (keyof typeof KEYS)[])('%s', async (kind) => {
    const name = kind.toLowerCase().replace(/\W/g, '-')
    const signer = await stage.cosign.addSigner(name, KEYS[kind]().toString())
    const connaisseur = await stage.trust({ signer })
    for (const form of FORMS) {
      const repository = `${name}-${form}`
      const { digest } = await stage.push(repository)
      await stage.cosign.sign(`${stage.host}/${repository}@${digest}`, signer, { form })
      // Whatever cosign says itself: it refuses some of what it signs.
      await expectAdmitted(connaisseur, stage.nameOf(repository), digest)
    }
  })
})
