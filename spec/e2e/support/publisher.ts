import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { selfSignedCertificate } from '../../support/certificate.ts'
import {
  createKeyPair,
  type KeyKind,
  type KeyPair,
  toPrivateKeyPem,
} from '../../support/key-pair.ts'
import type { Notary } from './notary-servers.ts'
import { runOrThrow } from './process.ts'
import type { PushedImage } from './registry.ts'

const PASSPHRASE = 'correct horse battery staple'
const PASSPHRASES = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [
    `NOTARY_${role}_PASSPHRASE`,
    PASSPHRASE,
  ]),
)

/** Somebody who signs with the real notary client: a trust folder with keys of their own. */
export interface Publisher {
  readonly notary: Notary
  readonly folder: string
  /** Of the client, beside the passphrases. */
  readonly env: Readonly<Record<string, string>>
  /** Runs `notary` with the server and the trust folder given; throws when it fails. */
  readonly run: (...args: readonly string[]) => Promise<string>
}

/** Makes a publisher without keys; the client generates a root key with the first repository. */
export async function createPublisher(
  notary: Notary,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Publisher> {
  await mkdir(folder, { recursive: true })
  const server = ['-s', notary.url, '--tlscacert', notary.authorityFile]
  const command = ['notary', ...server, '-d', join(folder, 'trust')]
  // The answer to the one question that the client asks, whether to rotate the root key.
  const surroundings = { folder, env: { ...PASSPHRASES, ...env }, stdin: 'yes\n' }
  return {
    notary,
    folder,
    env,
    run: (...args) => runOrThrow([...command, ...args], surroundings),
  }
}

/**
 * Starts a repository. Docker's way leaves the snapshot to the server; the notary client itself
 * keeps its key.
 */
export async function initRepository(
  publisher: Publisher,
  gun: string,
  snapshot: 'docker' | 'local',
): Promise<void> {
  await publisher.run('init', gun)
  if (snapshot === 'docker') await publisher.run('key', 'rotate', gun, 'snapshot', '-r')
}

/** Signs an image's digest for a tag, in `roles` (default: targets), and publishes. */
export async function signImage(
  publisher: Publisher,
  gun: string,
  tag: string,
  image: PushedImage,
  ...roles: readonly string[]
): Promise<void> {
  const sha256 = image.digest.slice('sha256:'.length)
  const where = roles.length === 0 ? [] : ['-r', roles.join(',')]
  const what = [gun, tag, String(image.length), '--sha256', sha256]
  await publisher.run('addhash', ...what, ...where, '-p')
}

/** Delegates tags to `role`, whose key is new, and lets the publisher sign with that key. */
export async function addDelegation(
  publisher: Publisher,
  gun: string,
  role: string,
  kind: KeyKind = 'p256',
  /** What tags begin with. Default: every tag. */
  paths: readonly string[] = [],
): Promise<KeyPair> {
  const keyPair = createKeyPair(kind)
  const certificate = join(publisher.folder, `${crypto.randomUUID()}.crt`)
  await Bun.write(certificate, await selfSignedCertificate({ commonName: role, keyPair }))
  const scope = paths.length === 0 ? ['--all-paths'] : ['--paths', paths.join(',')]
  await publisher.run('delegation', 'add', gun, role, certificate, ...scope, '-p')
  await importKey(publisher, keyPair, role)
  return keyPair
}

/** Gives the publisher's client a key that it did not make. */
export async function importKey(
  publisher: Publisher,
  keyPair: KeyPair,
  role: string,
): Promise<void> {
  await publisher.run('key', 'import', await writeKey(publisher, keyPair), '--role', role)
}

/** Replaces the key of `targets` or `snapshot` by one that the client did not make. */
export async function rotateKeyTo(
  publisher: Publisher,
  gun: string,
  role: string,
  keyPair: KeyPair,
): Promise<void> {
  await publisher.run('key', 'rotate', gun, role, '-k', await writeKey(publisher, keyPair))
}

async function writeKey(publisher: Publisher, keyPair: KeyPair): Promise<string> {
  const file = join(publisher.folder, `${crypto.randomUUID()}.pem`)
  await Bun.write(file, toPrivateKeyPem(keyPair))
  return file
}
