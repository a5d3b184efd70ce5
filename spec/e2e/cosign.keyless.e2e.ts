import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createCertificateAuthority } from '../support/certificate.ts'
import {
  addLayer,
  attachBundle,
  pushImage,
  SIMPLE_SIGNING,
  writeSignatureTag,
} from '../support/cosign/shelf.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/server.ts'
import type { BundleJson } from '../support/sigstore/bundle-json.ts'
import {
  createSigstore,
  imageStatement,
  type Sigstore,
  simpleSigningPayload,
} from '../support/sigstore/world.ts'
import { type Connaisseur, startConnaisseur } from './support/connaisseur.ts'
import { rootFolder } from './support/environment.ts'
import { expectAdmitted, expectDenied } from './support/expectations.ts'
import { VALIDATOR } from './support/policy.ts'

setDefaultTimeout(60_000)

const HOLDER = { issuer: 'https://issuer.example', subject: 'https://ci.example/release@main' }
const MALLORY = { ...HOLDER, subject: 'https://ci.example/release@main-evil' }

describe('keyless signatures and the built binary', () => {
  const ends: (() => Promise<unknown>)[] = []
  let registry: EmbeddedRegistry
  let sigstore: Sigstore
  let connaisseur: Connaisseur

  beforeAll(async () => {
    const folder = join(await rootFolder(), `keyless-${crypto.randomUUID()}`)
    await mkdir(folder, { recursive: true })
    registry = startRegistry()
    // The program under test has the clock of this machine: the log may be a little ahead of it.
    const clock = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000)
    sigstore = await createSigstore({ clock })
    const trustedRoot = join(folder, 'trusted_root.json')
    await Bun.write(trustedRoot, JSON.stringify(sigstore.trustedRoot))
    const trustRoots = [{ name: 'release', keyless: HOLDER }]
    const file = join(folder, 'config.yaml')
    await Bun.write(
      file,
      stringify({
        validators: [{ name: VALIDATOR, type: 'cosign', trustedRoot, trustRoots }],
        policy: [{ pattern: '*:*', validator: VALIDATOR, with: { trustRoot: 'release' } }],
        features: { cache: { expirySeconds: 0 } },
      }),
    )
    const authority = await createCertificateAuthority()
    const beforeStop = (end: () => Promise<unknown>) => void ends.push(end)
    connaisseur = await startConnaisseur({ folder, authority, beforeStop }, file)
  })
  afterAll(async () => {
    for (const end of ends.toReversed()) await end()
    registry?.stop()
  })

  /** Pushes an image with a bundle, which a spec may forge before. */
  async function publish(
    name: string,
    { holder = HOLDER, log = 'v1' as 'v1' | 'v2', forge = (_: BundleJson): void => {} } = {},
  ): Promise<{ readonly image: string; readonly digest: string }> {
    const digest = pushImage(registry, name, '1')
    const certified = await sigstore.certify(holder)
    const bundle = await sigstore.signBundle(certified, { payload: imageStatement(digest), log })
    forge(bundle)
    attachBundle(registry.repository(name), digest, bundle)
    return { image: `${registry.host}/${name}:1`, digest }
  }

  test.each(['v1', 'v2'] as const)('a bundle logged in Rekor %s is admitted', async (log) => {
    const { image, digest } = await publish(`bundle-${log}`, { log })
    await expectAdmitted(connaisseur, image, digest)
  })

  test('simple signing with its annotations is admitted', async () => {
    const digest = pushImage(registry, 'simple', '1')
    const payload = simpleSigningPayload(digest)
    const annotations = await sigstore.signSimple(await sigstore.certify(HOLDER), payload)
    const store = registry.repository('simple')
    writeSignatureTag(store, digest, [addLayer(store, SIMPLE_SIGNING, payload, annotations)])
    await expectAdmitted(connaisseur, `${registry.host}/simple:1`, digest)
  })

  test('the command explains who signed, and where it is logged', async () => {
    const { image } = await publish('explained')
    const { entry } = await connaisseur.verify(image, '--explain')
    const told = JSON.stringify(entry)
    expect(told).toContain(HOLDER.subject)
    expect(told).toContain(HOLDER.issuer)
    expect(told).toMatch(/log/i)
  })

  test('another subject, of which the expected one is a part, is denied', async () => {
    const { image } = await publish('mallory', { holder: MALLORY })
    await expectDenied(connaisseur, image, 'UNTRUSTED_IDENTITY')
  })

  test('a bundle without its log entry is denied', async () => {
    const { image } = await publish('unlogged', {
      forge: (bundle) => {
        bundle.verificationMaterial.tlogEntries = []
      },
    })
    await expectDenied(connaisseur, image, 'UNTRUSTED_LOG_ENTRY')
  })

  test('the log entry of another signature is denied (CVE-2022-36056)', async () => {
    const certified = await sigstore.certify(HOLDER)
    const other = await sigstore.signBundle(certified, { payload: imageStatement('sha256:00') })
    const { image } = await publish('swapped', {
      forge: (bundle) => {
        bundle.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries
      },
    })
    await expectDenied(connaisseur, image, 'UNTRUSTED_LOG_ENTRY')
  })

  test('hole 3: a bundle copied from another image is denied', async () => {
    const { digest: trusted } = await publish('trusted')
    const digest = pushImage(registry, 'copied', '1')
    const certified = await sigstore.certify(HOLDER)
    const bundle = await sigstore.signBundle(certified, { payload: imageStatement(trusted) })
    attachBundle(registry.repository('copied'), digest, bundle)
    await expectDenied(connaisseur, `${registry.host}/copied:1`, 'UNTRUSTED_DIGEST_MISMATCH')
  })
})
