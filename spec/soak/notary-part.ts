import { createSigningKey } from '../support/notary/key.ts'
import { createRepository, type Repository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'

const GUN = 'shop.example/web'
const FORGED = 'shop.example/forged'

/** How many tags are signed. */
const TAGS = 40

/** How long before a request a moved tag may have been what the cache still says, in milliseconds. */
const CACHE_MS = 6500

/** A Notary whose publisher moves a tag now and then. */
export class NotaryPart {
  readonly server: EmbeddedNotary
  readonly gun = GUN
  readonly forgedGun = FORGED
  readonly tags = Array.from({ length: TAGS }, (_, index) => `t${index}`)
  /** PEM, by the name of the trust root. */
  readonly rootKeys: Readonly<Record<'web' | 'forged', string>>
  readonly #repository: Repository
  /** What the moving tag was signed as, and until when, as `performance.now()` has it. */
  readonly #moves: { readonly digest: string; until: number }[] = []

  private constructor(server: EmbeddedNotary, repository: Repository, forged: Repository) {
    this.server = server
    this.#repository = repository
    this.rootKeys = { web: repository.rootPublicKeyPem, forged: forged.rootPublicKeyPem }
  }

  /** Starts it, with two repositories, one of which somebody signed who may not. */
  static async start(): Promise<NotaryPart> {
    const server = startNotary()
    const repository = await createRepository({ gun: GUN })
    const forged = await createRepository({ gun: FORGED })
    const part = new NotaryPart(server, repository, forged)
    for (const tag of part.tags) repository.addTarget(tag, part.digestOf(tag))
    part.move()
    server.repositories.set(GUN, repository)
    forged.addTarget('1', digest('forged'))
    forged.publish(new Date(), { targets: { signers: [await createSigningKey()] } })
    server.repositories.set(FORGED, forged)
    return part
  }

  /** What a tag is signed as. */
  digestOf(tag: string): string {
    return digest(tag)
  }

  /** Signs another digest for the moving tag. */
  move(): void {
    const last = this.#moves.at(-1)
    if (last !== undefined) last.until = performance.now()
    const next = { digest: digest(`move ${this.#moves.length}`), until: Number.POSITIVE_INFINITY }
    this.#moves.push(next)
    this.#repository.addTarget('moving', next.digest)
    this.#repository.publish()
  }

  /** What the moving tag may be pinned to by a request that began at this moment. */
  readonly digestsSince = (start: number): readonly string[] =>
    this.#moves.filter(({ until }) => until > start - CACHE_MS).map((each) => each.digest)
}

function digest(text: string): string {
  return `sha256:${new Bun.CryptoHasher('sha256').update(text).digest('hex')}`
}
