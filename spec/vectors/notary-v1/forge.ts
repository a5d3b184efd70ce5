import type { Forgeries } from '../../support/notary/forgery.ts'
import { createSigningKey, type SigningKey } from '../../support/notary/key.ts'
import type { SignedCommon } from '../../support/notary/metadata.ts'
import {
  createRepository,
  type Repository,
  type RepositoryOptions,
} from '../../support/notary/repository.ts'
import type { Expected, Stage, Vector } from './vector.ts'

/** The repository of all forged vectors. */
export const GUN = 'registry.example/app'
/** When it is published and looked at, unless a vector says otherwise. */
export const NOW = new Date('2026-06-01T12:00:00Z')
/** What the publisher signed for the tag `1`. */
export const DIGEST = `sha256:${'a'.repeat(64)}`
/** What an attacker would like to run, or the publisher signs later. */
export const OTHER = `sha256:${'b'.repeat(64)}`
/** Docker's delegation. */
export const RELEASES = 'targets/releases'

/** Expects a denial. */
export const denied = (code: string, reason = ''): Expected => ({ code, reason })
/** Expects the digest. */
export const trusted = (digest = DIGEST): Expected => ({ digest })

/** Makes a repository with the tag `1`, not published yet. */
export async function createApp(options: Partial<RepositoryOptions> = {}): Promise<Repository> {
  const app = await createRepository({ gun: GUN, now: NOW, ...options })
  app.addTarget('1', DIGEST)
  return app
}

/** The same, with the tag in `targets/releases` as well. */
export async function createReleases(): Promise<Repository> {
  const app = await createApp()
  await app.delegate(RELEASES)
  app.addTarget('1', DIGEST, RELEASES)
  return app
}

/** Makes a root key as the notary client has it. */
export const createRootKey = (commonName = GUN): Promise<SigningKey> =>
  createSigningKey({ type: 'ecdsa-x509', commonName })

/** Takes what a server has now, without the names by hash, which the runner has no need of. */
export function capture(
  files: ReadonlyMap<string, Uint8Array>,
  expect: Expected,
  now = NOW,
): Stage {
  const named = [...files].map(([file, bytes]) => [file.replace(/\.json$/, ''), bytes] as const)
  const kept = named.filter(
    ([name]) => !/\.[0-9a-f]{64}$/.test(name) && !/^\d+\.(?!root$)/.test(name),
  )
  return { files: new Map(kept), now, expect }
}

/** What of a vector is not its stages. */
export interface About {
  readonly source: string
  /** Default the root key that the repository has now. */
  readonly pins?: readonly string[]
  readonly image?: string
  readonly delegations?: readonly string[]
}

/** Makes a vector of stages. */
export function vector(
  name: string,
  about: About,
  app: Repository,
  ...stages: readonly Stage[]
): Vector {
  const { pins = [app.rootPublicKeyPem], image = `${GUN}:1` } = about
  return { ...about, name, image, pins, stages }
}

/** Publishes forgeries in an honest repository; one stage. */
export async function forged(
  name: string,
  source: string,
  forgeries: Forgeries,
  expect: Expected,
  create: () => Promise<Repository> = createApp,
): Promise<Vector> {
  const app = await create()
  return vector(name, { source }, app, capture(app.publish(NOW, forgeries), expect))
}

/** Alters what is signed. */
export const signed = (changes: object) => ({
  signed: (honest: object) => ({ ...honest, ...changes }),
})

/** Alters the text of a file after it was signed; the hashes fit it. */
export const text = (alter: (text: string) => string) => ({
  bytes: (bytes: Uint8Array) => Buffer.from(alter(Buffer.from(bytes).toString())),
})

/** Writes a version, whatever it should be. */
export const version = (number: number) => ({
  signed: <Signed extends SignedCommon>(honest: Signed) => ({ ...honest, version: number }),
})
