import { createHash } from 'node:crypto'
import { createKeyPair, type KeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { createSigningKey } from '../support/notary/key.ts'
import { createRepository, type Repository } from '../support/notary/repository.ts'
import type { EmbeddedNotary } from '../support/notary/server.ts'

/** The repositories of the story, as image names. */
export const WEB = 'registry.example/shop/web'
export const MIGRATE = 'registry.example/shop/migrate'

/** What the shop has signed: `web:1.4.2` directly, `migrate:7` through `targets/releases`. */
export const WEB_IMAGE = `${WEB}:1.4.2`
export const MIGRATE_IMAGE = `${MIGRATE}:7`

/** The same as they are to run. */
export const WEB_PINNED = `${WEB_IMAGE}@${digestOf('web 1.4.2')}`
export const MIGRATE_PINNED = `${MIGRATE_IMAGE}@${digestOf('migrate 7')}`

/** Never signed. */
export const WEB_UNSIGNED = `${WEB}:1.5.0-rc1`

/** What an attacker would like to run as `web:1.4.2`. */
export const EVIL_DIGEST = digestOf('evil')

const DAY_MS = 86_400_000

/**
 * The publisher of the images, and what attackers do to its trust data. Every attack is a further
 * publication, so that versions only ever grow.
 */
export class Shop {
  /** The one key that signs the roots of all repositories; the operator pins it. PEM. */
  readonly rootKeyPem: string
  readonly #notary: EmbeddedNotary
  readonly #web: Repository
  readonly #migrate: Repository
  readonly #impostor: Repository

  private constructor(notary: EmbeddedNotary, rootKey: KeyPair, repositories: Repositories) {
    this.rootKeyPem = toPublicKeyPem(rootKey)
    this.#notary = notary
    this.#web = repositories.web
    this.#migrate = repositories.migrate
    this.#impostor = repositories.impostor
  }

  /** Makes all keys; nothing is published yet. */
  static async create(notary: EmbeddedNotary): Promise<Shop> {
    const rootKey = createKeyPair('p256')
    const web = await create(WEB, rootKey)
    web.addTarget('1.4.2', WEB_PINNED)
    const migrate = await create(MIGRATE, rootKey)
    await migrate.delegate('targets/releases')
    migrate.addTarget('7', MIGRATE_PINNED, 'targets/releases')
    const impostor = await create(WEB, createKeyPair('p256'))
    impostor.addTarget('1.4.2', EVIL_DIGEST)
    return new Shop(notary, rootKey, { web, migrate, impostor })
  }

  /** Publishes everything honestly, whatever was done before. */
  publish(): void {
    this.#web.expires.clear()
    for (const repository of [this.#web, this.#migrate]) {
      repository.publish()
      this.#notary.repositories.set(repository.gun, repository)
    }
  }

  /** Swaps the digest in the file on the server; no key was stolen. */
  alterFile(): void {
    this.#web.publish(undefined, { targets: { served: swapDigest } })
  }

  /** Swaps the digest, and signs snapshot and timestamp anew with the keys that the server holds. */
  alterWithServerKeys(): void {
    this.#web.publish(undefined, { targets: { bytes: swapDigest } })
  }

  /** Serves another repository of the same name: all in order, but signed under another root key. */
  replaceRepository(): void {
    this.#impostor.publish()
    this.#notary.repositories.set(WEB, this.#impostor)
  }

  /** Serves honest trust data whose timestamp expired yesterday. */
  letExpire(): void {
    this.#web.expires.set('timestamp', new Date(Date.now() - DAY_MS))
    this.#web.publish()
  }
}

interface Repositories {
  readonly web: Repository
  readonly migrate: Repository
  readonly impostor: Repository
}

/** As the notary client does it: one root key, with a certificate for each repository. */
async function create(gun: string, keyPair: KeyPair): Promise<Repository> {
  const root = await createSigningKey({ type: 'ecdsa-x509', keyPair, commonName: gun })
  return createRepository({ gun, keys: { root: [root] } })
}

function swapDigest(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString()
  const swapped = text.replace(toBase64(WEB_PINNED), toBase64(EVIL_DIGEST))
  if (swapped === text) throw new Error(`the trust data of ${WEB} does not hold its digest`)
  return Buffer.from(swapped)
}

function toBase64(reference: string): string {
  return Buffer.from(reference.slice(-64), 'hex').toString('base64')
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
