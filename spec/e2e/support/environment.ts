import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CertificateAuthority, createCertificateAuthority } from '../../support/certificate.ts'
import { type Notary, startNotaryServers } from './notary-servers.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { type PushedImage, pushImage, type Registry, startRegistry } from './registry.ts'

/** The real servers that one file of specs runs against. */
export interface Environment {
  readonly folder: string
  readonly authority: CertificateAuthority
  readonly notary: Notary
  readonly registry: Registry
  /** The GUN of a repository, which is also its image's name without a tag. */
  readonly gunOf: (repository: string) => string
  /** Pushes a new image to the registry. */
  readonly push: (repository: string, tag: string) => Promise<PushedImage>
  /** Makes another publisher at `notary` (default: the environment's), with keys of their own. */
  readonly addPublisher: (notary?: Notary, env?: Publisher['env']) => Promise<Publisher>
  /** Runs `end` before the servers stop, the last added first. */
  readonly beforeStop: (end: () => Promise<unknown>) => void
  readonly stop: () => Promise<void>
}

/** Starts notary-signer, notary-server and docker-registry, all in a folder of this name. */
export async function startEnvironment(name: string): Promise<Environment> {
  const folder = join(await rootFolder(), name)
  await mkdir(folder, { recursive: true })
  const authority = await createCertificateAuthority()
  const ends: (() => Promise<unknown>)[] = []
  const notary = await startNotaryServers(join(folder, 'notary'), authority)
  ends.push(notary.stop)
  const registry = await startRegistry(join(folder, 'registry'))
  ends.push(registry.server.stop)
  return {
    folder,
    authority,
    notary,
    registry,
    gunOf: (repository) => `${registry.host}/${repository}`,
    push: (repository, tag) => pushImage(registry, repository, tag),
    addPublisher: (at = notary, env = {}) =>
      createPublisher(at, join(folder, `publisher-${crypto.randomUUID()}`), env),
    beforeStop: (end) => ends.push(end),
    async stop() {
      for (const end of ends.reverse()) await end()
    },
  }
}

/** `run.ts` gives a folder that it shows the logs of; a file that is run alone makes one. */
export async function rootFolder(): Promise<string> {
  return (
    process.env['CONNAISSEUR_E2E_FOLDER'] ?? (await mkdtemp(join(tmpdir(), 'connaisseur-e2e-')))
  )
}
