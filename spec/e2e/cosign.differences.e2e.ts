import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createCertificateAuthority } from '../support/certificate.ts'
import { attachBundle, keyBundle, pushImage } from '../support/cosign/shelf.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/server.ts'
import { createSigstore, imageStatement, type Sigstore } from '../support/sigstore/world.ts'
import { type Connaisseur, startConnaisseur } from './support/connaisseur.ts'
import { Cosign } from './support/cosign.ts'
import { rootFolder } from './support/environment.ts'
import { expectAdmitted, expectDenied } from './support/expectations.ts'
import { VALIDATOR } from './support/policy.ts'

setDefaultTimeout(60_000)

const HOLDER = { issuer: 'https://issuer.example', subject: 'https://ci.example/release@main' }
/** A part of the subject, as an expression. */
const PART = 'ci\\.example'
const OTHER = `sha256:${'ab'.repeat(32)}`

/** More than these are in `cosign.registry.e2e.ts`: attestations, and bundles that hide tags. */
describe('where cosign 3.1.3 and we differ (docs/validators/cosign.md)', () => {
  const ends: (() => Promise<unknown>)[] = []
  const [alice, mallory] = [createKeyPair('p256'), createKeyPair('p256')]
  let folder: string
  let cosign: Cosign
  let registry: EmbeddedRegistry
  let sigstore: Sigstore
  /** Trusts alice's key. */
  let byKey: Connaisseur

  const start = async (validator: object, rule: object) => {
    const file = join(folder, `${crypto.randomUUID()}.yaml`)
    const configuration = {
      validators: [{ name: VALIDATOR, type: 'cosign', ...validator }],
      policy: [{ pattern: '*:*', validator: VALIDATOR, with: rule }],
      features: { cache: { expirySeconds: 0 } },
    }
    await Bun.write(file, stringify(configuration))
    const authority = await createCertificateAuthority()
    const beforeStop = (end: () => Promise<unknown>) => void ends.push(end)
    return startConnaisseur({ folder, authority, beforeStop }, file)
  }

  beforeAll(async () => {
    folder = join(await rootFolder(), `differences-${crypto.randomUUID()}`)
    await mkdir(folder, { recursive: true })
    cosign = await Cosign.open(join(folder, 'cosign'))
    registry = startRegistry({ pageSize: 2 })
    await Bun.write(join(folder, 'alice.pub'), toPublicKeyPem(alice))
    const trustRoots = [{ name: 'alice', key: toPublicKeyPem(alice) }]
    byKey = await start({ trustRoots }, { trustRoot: 'alice', verifyInTransparencyLog: false })
    const clock = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000)
    sigstore = await createSigstore({ clock })
    await Bun.write(join(folder, 'root.json'), JSON.stringify(sigstore.trustedRoot))
  })
  afterAll(async () => {
    for (const end of ends.toReversed()) await end()
    registry?.stop()
  })

  const byAlice = (image: string) =>
    cosign.acceptsWith(image, ['--key', join(folder, 'alice.pub'), '--insecure-ignore-tlog=true'])

  const publish = (name: string) => {
    const digest = pushImage(registry, name, '1')
    return { digest, store: registry.repository(name), image: `${registry.host}/${name}:1` }
  }

  test('a bundle that cosign takes, so do we', async () => {
    const { digest, store, image } = publish('plain')
    attachBundle(store, digest, keyBundle(digest, alice))
    expect(await byAlice(image)).toBeTrue()
    await expectAdmitted(byKey, image, digest)
  })

  test('a statement about several images is about none', async () => {
    const { digest, store, image } = publish('several')
    attachBundle(store, digest, keyBundle(digest, alice, imageStatement([OTHER, digest])))
    expect(await byAlice(image)).toBeTrue()
    await expectDenied(byKey, image, 'UNTRUSTED_CLAIM')
  })

  test.each(['0.1', '0.2'])('a bundle v%s that refers to an image counts', async (version) => {
    const { digest, store, image } = publish(`bundle-${version}`)
    const mediaType = `application/vnd.dev.sigstore.bundle+json;version=${version}`
    attachBundle(store, digest, { ...keyBundle(digest, alice), mediaType })
    expect(await byAlice(image)).toBeFalse()
    await expectAdmitted(byKey, image, digest)
  })

  test('a signature is found behind a page of strangers’', async () => {
    const { digest, store, image } = publish('paged')
    for (let page = 0; page < 3; page++) attachBundle(store, digest, keyBundle(digest, mallory))
    attachBundle(store, digest, keyBundle(digest, alice))
    expect(await byAlice(image)).toBeFalse()
    await expectAdmitted(byKey, image, digest)
  })

  test('a registry that cannot list referrers has not said that there are none', async () => {
    const { digest, store, image } = publish('broken')
    attachBundle(store, digest, keyBundle(digest, alice))
    registry.intercept = (_, path) =>
      path.includes('/referrers/') ? new Response(null, { status: 500 }) : undefined
    expect(await byAlice(image)).toBeFalse()
    await expectDenied(byKey, image, 'UNAVAILABLE_STATUS')
    registry.intercept = () => undefined
    await expectAdmitted(byKey, image, digest)
  })

  test('an expression for an identity has to match all of it', async () => {
    const { digest, store, image } = publish('keyless')
    const certified = await sigstore.certify(HOLDER)
    const payload = imageStatement(digest)
    attachBundle(store, digest, await sigstore.signBundle(certified, { payload }))
    const trustedRoot = join(folder, 'root.json')
    const flags = (subject: readonly string[]) => [
      ...['--trusted-root', trustedRoot, '--certificate-oidc-issuer', HOLDER.issuer],
      ...subject,
    ]
    const judge = (keyless: object) =>
      start({ trustedRoot, trustRoots: [{ name: 'release', keyless }] }, { trustRoot: 'release' })
    await Bun.sleep(2000)
    expect(
      await cosign.acceptsWith(image, flags(['--certificate-identity', HOLDER.subject])),
    ).toBeTrue()
    await expectAdmitted(await judge(HOLDER), image, digest)
    expect(
      await cosign.acceptsWith(image, flags(['--certificate-identity-regexp', PART])),
    ).toBeTrue()
    const part = await judge({ issuer: HOLDER.issuer, subjectRegex: PART })
    await expectDenied(part, image, 'UNTRUSTED_IDENTITY')
  })
})
