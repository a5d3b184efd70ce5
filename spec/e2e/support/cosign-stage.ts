import { expect } from 'bun:test'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createCertificateAuthority } from '../../support/certificate.ts'
import { startRegistry as startEmbedded } from '../../support/registry/server.ts'
import { type Connaisseur, startConnaisseur } from './connaisseur.ts'
import { Cosign, type Signer } from './cosign.ts'
import { type Environment, rootFolder } from './environment.ts'
import { expectAdmitted, expectDenied } from './expectations.ts'
import { VALIDATOR } from './policy.ts'
import { type PushedImage, pushImage, startRegistry } from './registry.ts'

/** The registries that cosign meets: Debian's knows no referrers API, the embedded one does. */
export const REGISTRIES = ['docker-registry', 'a registry with the referrers API'] as const

/** What the rules of a configuration ask for. */
export interface RuleUnderTest {
  readonly trustRoot?: string
  readonly threshold?: number
  readonly required?: readonly string[]
}

/** One registry, cosign, and the program under test. */
export class CosignStage {
  readonly cosign: Cosign
  readonly environment: Pick<Environment, 'folder' | 'authority' | 'beforeStop'>
  readonly #registry: { readonly host: string; readonly folder: string }
  readonly #ends: (() => Promise<unknown>)[] = []

  private constructor(
    cosign: Cosign,
    environment: CosignStage['environment'],
    registry: { readonly host: string; readonly folder: string },
    ends: (() => Promise<unknown>)[],
  ) {
    this.cosign = cosign
    this.environment = environment
    this.#registry = registry
    this.#ends = ends
  }

  static async open(kind: (typeof REGISTRIES)[number]): Promise<CosignStage> {
    const folder = join(await rootFolder(), `cosign-${crypto.randomUUID()}`)
    await mkdir(folder, { recursive: true })
    const ends: (() => Promise<unknown>)[] = []
    const beforeStop = (end: () => Promise<unknown>) => void ends.push(end)
    const authority = await createCertificateAuthority()
    const cosign = await Cosign.open(join(folder, 'cosign'))
    const environment = { folder, authority, beforeStop }
    if (kind === 'docker-registry') {
      const registry = await startRegistry(join(folder, 'registry'), { allowsDeletion: true })
      beforeStop(registry.server.stop)
      return new CosignStage(cosign, environment, registry, ends)
    }
    const embedded = startEmbedded()
    beforeStop(async () => embedded.stop())
    return new CosignStage(cosign, environment, { host: embedded.host, folder }, ends)
  }

  get host(): string {
    return this.#registry.host
  }

  /** The name of an image of this registry. */
  nameOf(repository: string): string {
    return `${this.host}/${repository}:1`
  }

  /** Pushes a new image as `repository:1`. */
  push(repository: string): Promise<PushedImage> {
    return pushImage(this.#registry, repository, '1')
  }

  /** Starts the program under test with these trust roots; verdicts are not kept. */
  async trust(
    signers: Readonly<Record<string, Signer | { readonly cert: string }>>,
    rule: RuleUnderTest = {},
    validator: object = {},
  ): Promise<Connaisseur> {
    const trustRoots = Object.entries(signers).map(([name, signer]) =>
      'cert' in signer ? { name, cert: signer.cert } : { name, key: signer.publicKey },
    )
    const [first] = Object.keys(signers)
    const options = { trustRoot: first, verifyInTransparencyLog: false, ...rule }
    const file = join(this.environment.folder, `${crypto.randomUUID()}.yaml`)
    const configuration = {
      validators: [{ name: VALIDATOR, type: 'cosign', trustRoots, ...validator }],
      policy: [{ pattern: '*:*', validator: VALIDATOR, with: options }],
      features: { cache: { expirySeconds: 0 } },
    }
    await Bun.write(file, stringify(configuration))
    return startConnaisseur(this.environment, file)
  }

  /** Expects cosign and the program under test, its command and its webhook, to accept an image. */
  async expectAccepted(
    connaisseur: Connaisseur,
    repository: string,
    digest: string,
    signer: Signer,
  ): Promise<void> {
    const image = this.nameOf(repository)
    expect(await this.cosign.accepts(image, signer)).toBeTrue()
    await expectAdmitted(connaisseur, image, digest)
  }

  /** Expects both to refuse it, and the program under test with this code. */
  async expectRefused(
    connaisseur: Connaisseur,
    repository: string,
    code: string,
    signer: Signer,
  ): Promise<void> {
    const image = this.nameOf(repository)
    expect(await this.cosign.accepts(image, signer)).toBeFalse()
    await expectDenied(connaisseur, image, code)
  }

  /** Reads what is at a tag or digest, or nothing. */
  async read(repository: string, reference: string): Promise<Response | undefined> {
    const accept = [
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.oci.image.manifest.v1+json',
    ].join(', ')
    const response = await fetch(this.#urlOf(repository, reference), { headers: { accept } })
    return response.status === 200 ? response : undefined
  }

  /** Writes a manifest under a tag or its digest. */
  async write(repository: string, reference: string, body: string, type: string): Promise<void> {
    const headers = { 'content-type': type }
    const url = this.#urlOf(repository, reference)
    const { status } = await fetch(url, { method: 'PUT', headers, body })
    if (status !== 201) throw new Error(`PUT ${reference}: HTTP ${status}`)
  }

  /** Pushes a blob. */
  async writeBlob(repository: string, digest: string, body: string | Uint8Array): Promise<void> {
    const start = await fetch(`http://${this.host}/v2/${repository}/blobs/uploads/`, {
      method: 'POST',
    })
    const target = new URL(start.headers.get('location') ?? '', `http://${this.host}`)
    target.searchParams.set('digest', digest)
    const content = { 'content-type': 'application/octet-stream' }
    const { status } = await fetch(target, {
      method: 'PUT',
      headers: content,
      body: Buffer.from(body),
    })
    if (status !== 201) throw new Error(`PUT of a blob: HTTP ${status}`)
  }

  /** Deletes the manifest that a tag stands for, or that has a digest. */
  async remove(repository: string, reference: string): Promise<void> {
    const digest = (await this.read(repository, reference))?.headers.get('docker-content-digest')
    for (const each of new Set([digest, reference])) {
      if (each != null) await fetch(this.#urlOf(repository, each), { method: 'DELETE' })
    }
  }

  async close(): Promise<void> {
    for (const end of this.#ends.reverse()) await end()
  }

  #urlOf(repository: string, reference: string): string {
    return `http://${this.host}/v2/${repository}/manifests/${reference}`
  }
}
