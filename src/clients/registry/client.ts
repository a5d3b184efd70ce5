import { type Digest, isDigest } from '../../image/digest.ts'
import { TrustError } from '../../trust/errors.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Credentials } from '../credentials.ts'
import { findCredentials, type KeyringEntry, toServerHost } from '../keyring.ts'
import { isLoopback } from '../loopback.ts'
import type { UpstreamObserver } from '../upstream-call.ts'
import { digestOf, expectContent, readSignatureManifest } from './content.ts'
import { ContentCache } from './content-cache.ts'
import { type RegistryAnswer, RegistryHost, type RegistryRequest } from './host.ts'
import { MANIFEST_TYPES, type Manifest } from './manifest.ts'
import { fetchReferrers, type Referrers, type ReferrersWish } from './referrers.ts'

/** The longest manifest, in bytes: what registries have to accept (OCI distribution 1.1). */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
/** Of a blob so much is read at least, in bytes, to tell a wrong size from a wrong content. */
const MAX_BLOB_BYTES = 1024 * 1024
/** Registries whose connections and tokens are kept; image names are an attacker's choice. */
const MAX_HOSTS = 500

const ACCEPT_MANIFESTS = MANIFEST_TYPES.join(', ')

/** How registries are talked to. */
export interface RegistryOptions {
  /** Tells the CA certificates of the moment as PEM, which replace the system's. */
  readonly ca?: (() => string | undefined) | undefined
  /** Tells the credentials of the moment. */
  readonly keyring?: (() => readonly KeyringEntry[]) | undefined
  /** `host[:port]` of registries without TLS, besides those on the loopback interface. */
  readonly insecureRegistries?: readonly string[]
  readonly clock?: Clock
  /** Hears of every request. */
  readonly observe?: UpstreamObserver | undefined
}

/** A repository of a registry, as an image name has it. */
export interface Repository {
  readonly registry: string
  readonly repository: string
}

/** Content whose digest is known: the one that was asked for, or the hash of what a tag stands for. */
export interface Content {
  readonly digest: Digest
  readonly bytes: Uint8Array
}

/**
 * Reads from registries (OCI distribution 1.1). One object for all that share CA and credentials:
 * connections, tokens and content are shared through it.
 */
export class RegistryClient {
  readonly #options: RegistryOptions
  readonly #hosts = new Map<string, RegistryHost>()
  readonly #content = new ContentCache()

  constructor(options: RegistryOptions = {}) {
    this.#options = options
  }

  /** Finds what a tag stands for; nothing where the registry has no such tag. */
  async resolveTag(at: Repository, tag: string, signal: AbortSignal): Promise<Digest | undefined> {
    const request = this.#toManifestRequest(at, tag, signal)
    const { status, headers } = await this.#ask(at, { ...request, method: 'HEAD' })
    if (status === 404) return undefined
    const digest = status === 200 ? headers.get('docker-content-digest') : null
    if (digest !== null && isDigest(digest)) return digest
    // Some registries leave the digest out, or do not know HEAD.
    return (await this.fetchTagged(at, tag, signal))?.digest
  }

  /** Fetches the manifest or index that a tag stands for; nothing where there is none. */
  async fetchTagged(
    at: Repository,
    tag: string,
    signal: AbortSignal,
  ): Promise<Content | undefined> {
    const answer = await this.#ask(at, this.#toManifestRequest(at, tag, signal))
    if (answer.status === 404) return undefined
    const { body: bytes } = expectContent(answer)
    const digest = digestOf(bytes)
    this.#content.add(keyOf(at, digest), bytes)
    return { digest, bytes }
  }

  /** Fetches the manifest or index of a digest; nothing where there is none. */
  fetchManifest(
    at: Repository,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    return this.#fetchByDigest(at, digest, this.#toManifestRequest(at, digest, signal))
  }

  /** Reads the manifest of a signature at a tag; `UNTRUSTED_MALFORMED_SIGNATURE` if it is none. */
  async readTaggedManifest(
    at: Repository,
    tag: string,
    signal: AbortSignal,
  ): Promise<Manifest | undefined> {
    const content = await this.fetchTagged(at, tag, signal)
    return content && readSignatureManifest(content.bytes)
  }

  /** Reads the manifest of a signature by digest; `UNTRUSTED_MALFORMED_SIGNATURE` if it is none. */
  async readManifest(
    at: Repository,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<Manifest | undefined> {
    const bytes = await this.fetchManifest(at, digest, signal)
    return bytes && readSignatureManifest(bytes)
  }

  /**
   * Fetches a blob of exactly this size in bytes; nothing where there is none. If it has its hash and
   * another size, whoever wrote the size lied, not the registry: `UNTRUSTED_MALFORMED_SIGNATURE`.
   */
  async fetchBlob(
    at: Repository,
    { digest, size }: { readonly digest: Digest; readonly size: number },
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const url = this.#urlOf(at, `blobs/${digest}`)
    const maxBytes = Math.max(size, MAX_BLOB_BYTES)
    const request = { method: 'GET', url, accept: '*/*', maxBytes, signal } as const
    const { repository } = at
    const bytes = await this.#fetchByDigest(at, digest, { ...request, repository })
    if (bytes === undefined || bytes.length === size) return bytes
    throw new TrustError(
      'UNTRUSTED_MALFORMED_SIGNATURE',
      `malformed signature: its layer has ${bytes.length} bytes, and its manifest says ${size}`,
    )
  }

  /** Fetches what refers to a manifest: by the referrers API or, where there is none, by tag. */
  fetchReferrers(at: Repository, wish: ReferrersWish): Promise<Referrers> {
    return fetchReferrers(wish, {
      url: this.#urlOf(at, `referrers/${wish.subject}`),
      ask: (url, accept) =>
        this.#ask(at, {
          method: 'GET',
          url,
          repository: at.repository,
          accept,
          maxBytes: MAX_MANIFEST_BYTES,
          signal: wish.signal,
        }),
      fetchTagged: (tag) => this.fetchTagged(at, tag, wish.signal),
      api: this.#hostOf(at).referrersApi,
    })
  }

  /** What a registry failed with last, while it has not answered since. */
  lastFailure({ registry }: Pick<Repository, 'registry'>): TrustError | undefined {
    return this.#hosts.get(registry)?.lastFailure()
  }

  #toManifestRequest(at: Repository, name: string, signal: AbortSignal): RegistryRequest {
    return {
      method: 'GET',
      url: this.#urlOf(at, `manifests/${name}`),
      repository: at.repository,
      accept: ACCEPT_MANIFESTS,
      maxBytes: MAX_MANIFEST_BYTES,
      signal,
    }
  }

  async #fetchByDigest(
    at: Repository,
    digest: Digest,
    request: RegistryRequest,
  ): Promise<Uint8Array | undefined> {
    const known = this.#content.find(keyOf(at, digest))
    if (known !== undefined) return known
    const answer = await this.#ask(at, request)
    if (answer.status === 404) return undefined
    const { body: bytes } = expectContent(answer)
    if (digestOf(bytes) !== digest) {
      throw new TrustError('UNAVAILABLE_BODY', `${answer.host} sends other bytes than ${digest}`)
    }
    this.#content.add(keyOf(at, digest), bytes)
    return bytes
  }

  /** Rejects with `MISCONFIGURED_CREDENTIALS` where the registry does not let us read. */
  async #ask(at: Repository, request: RegistryRequest): Promise<RegistryAnswer> {
    const host = this.#hostOf(at)
    const answer = await host.send(request)
    const isRefusal = answer.status === 401 || answer.status === 403
    if (!isRefusal || answer.host !== request.url.host) return answer
    const whom = host.hasCredentials(at.repository)
      ? 'these credentials'
      : 'anybody without credentials'
    throw new TrustError(
      'MISCONFIGURED_CREDENTIALS',
      `${answer.host} does not let ${whom} read ${at.registry}/${at.repository} (HTTP ${answer.status}); it says the same of what does not exist`,
    )
  }

  #urlOf(at: Repository, path: string): URL {
    return new URL(`${this.#hostOf(at).origin}/v2/${at.repository}/${path}`)
  }

  #hostOf({ registry }: Repository): RegistryHost {
    const known = this.#hosts.get(registry) ?? this.#connect(registry)
    this.#hosts.delete(registry)
    this.#hosts.set(registry, known)
    const [oldest] = this.#hosts.keys()
    if (this.#hosts.size > MAX_HOSTS && oldest !== undefined) this.#hosts.delete(oldest)
    return known
  }

  #connect(registry: string): RegistryHost {
    const { ca = () => undefined, keyring, clock = systemClock, observe } = this.#options
    const host = toServerHost(registry)
    const server = new URL(`${this.#schemeOf(host)}://${host}`)
    const credentials = (repository: string): Credentials | undefined =>
      keyring && findCredentials(keyring(), server.origin, repository)
    const schemeOf = (other: string) => this.#schemeOf(other)
    return new RegistryHost({ server, ca, credentials, clock, observe, schemeOf })
  }

  /** On the loopback interface nobody listens in; with a CA given, a server there has TLS all the same. */
  #schemeOf(host: string): 'http' | 'https' {
    const { insecureRegistries = [], ca } = this.#options
    if (insecureRegistries.includes(host)) return 'http'
    const hostname = URL.parse(`https://${host}`)?.hostname ?? ''
    return isLoopback(hostname) && ca?.() === undefined ? 'http' : 'https'
  }
}

function keyOf({ registry, repository }: Repository, digest: Digest): string {
  return `${registry}/${repository}@${digest}`
}
