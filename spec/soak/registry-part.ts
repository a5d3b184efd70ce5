import { pushImage, signedLayer, writeSignatureTag } from '../support/cosign/shelf.ts'
import { createKeyPair, type KeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/server.ts'

const NAME = 'team/app'

/** How many images of each kind there are. */
const IMAGES = 12

/** An image of the registry. */
export interface RegistryImage {
  readonly tag: string
  readonly digest: string
}

/** What the registry does instead of answering as it should. */
export type RegistryFault = 'refuses' | 'hangs' | 'garbled' | 'cut' | 'limits'

/** A registry with images that are signed with cosign, not signed, or signed by somebody else. */
export class RegistryPart {
  readonly server: EmbeddedRegistry
  readonly keyPem: string
  readonly signed: readonly RegistryImage[]
  readonly unsigned: readonly RegistryImage[]
  readonly #hanging = new Set<() => void>()

  constructor() {
    this.server = startRegistry()
    const key = createKeyPair('p256')
    this.keyPem = toPublicKeyPem(key)
    this.signed = Array.from({ length: IMAGES }, (_, index) => this.#push(`signed-${index}`, key))
    this.unsigned = Array.from({ length: IMAGES }, (_, index) => this.#push(`unsigned-${index}`))
    this.#push('foreign', createKeyPair('p256'))
  }

  /** As image names have it. */
  get repository(): string {
    return `${this.server.host}/${NAME}`
  }

  /** Has it fail in some way, until it is `heal`ed. */
  fail(fault: RegistryFault): void {
    this.server.intercept = () => this.#answer(fault)
  }

  heal(): void {
    this.server.intercept = () => undefined
    for (const end of this.#hanging) end()
    this.#hanging.clear()
  }

  #push(tag: string, key?: KeyPair): RegistryImage {
    const digest = pushImage(this.server, NAME, tag)
    const store = this.server.repository(NAME)
    if (key !== undefined) writeSignatureTag(store, digest, [signedLayer(store, digest, key)])
    return { tag, digest }
  }

  #answer(fault: RegistryFault): Response | Promise<Response> {
    switch (fault) {
      case 'refuses':
        return new Response('database is full', { status: 507 })
      case 'limits':
        return new Response('slow down', { status: 429, headers: { 'retry-after': '1' } })
      case 'garbled':
        return new Response('<html>It works!</html>', { status: 502 })
      case 'cut':
        return new Response('{', { status: 503, headers: { 'content-length': '100' } })
      case 'hangs':
        return new Promise((resolve) => {
          this.#hanging.add(() => resolve(new Response(null, { status: 503 })))
        })
    }
  }
}
