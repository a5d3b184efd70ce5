import { Gatekeeper, type RegistryAuth } from './gatekeeper.ts'
import { digestOf, OCI_INDEX, OCI_MANIFEST, RepositoryStore } from './store.ts'

/** How the registry is; by default it is open and knows the referrers API. */
export interface RegistrySetup {
  /** Default true. */
  readonly referrersApi?: boolean
  /** Entries of a page of referrers. Default is all in one. */
  readonly pageSize?: number
  readonly auth?: RegistryAuth
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** One request that came in. */
export interface RegistryRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly authorization: string | null
}

/** Starts a registry on the loopback interface. */
export function startRegistry(setup: RegistrySetup = {}): EmbeddedRegistry {
  return new EmbeddedRegistry(setup)
}

const PATH = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)\/?$/
const UPLOAD = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/

/**
 * A registry (OCI distribution 1.1) as far as images and signatures need one, in memory. Its contents
 * are live: a change counts from the next request on.
 */
export class EmbeddedRegistry {
  /** What was asked, in order, token requests left out. */
  readonly requests: RegistryRequest[] = []
  /** Answers in place of the registry, where it returns something. */
  intercept: (request: Request, path: string) => Response | Promise<Response> | undefined = () =>
    undefined
  readonly gatekeeper: Gatekeeper | undefined
  readonly #setup: RegistrySetup
  readonly #repositories = new Map<string, RepositoryStore>()
  readonly #uploads = new Map<string, Buffer>()
  readonly #server: ReturnType<typeof Bun.serve>

  constructor(setup: RegistrySetup) {
    this.#setup = setup
    const { tls } = setup
    const fetch = (request: Request) => this.#answer(request)
    this.#server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch, ...(tls && { tls }) })
    if (setup.auth !== undefined) this.gatekeeper = new Gatekeeper(setup.auth, this.url)
  }

  /** `127.0.0.1:port`, the first component of its images' names. */
  get host(): string {
    return `127.0.0.1:${this.#server.port}`
  }

  get url(): string {
    return `${this.#setup.tls === undefined ? 'http' : 'https'}://${this.host}`
  }

  /** A repository, which is there as soon as somebody asks for it here. */
  repository(name: string): RepositoryStore {
    const known = this.#repositories.get(name) ?? new RepositoryStore()
    this.#repositories.set(name, known)
    return known
  }

  /** The requests as `METHOD path`, with repository and digests as they are. */
  get asked(): readonly string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`)
  }

  stop(): void {
    void this.#server.stop(true)
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    if (pathname === '/token') return this.gatekeeper?.issue(request) ?? notFound()
    const authorization = request.headers.get('authorization')
    this.requests.push({ method: request.method, path: pathname + search, authorization })
    const [, named] = PATH.exec(pathname) ?? UPLOAD.exec(pathname) ?? []
    const refusal = this.gatekeeper?.refuse(authorization, named)
    const intercepted = await this.intercept(request, pathname)
    return intercepted ?? refusal ?? this.#serve(request, pathname)
  }

  async #serve(request: Request, path: string): Promise<Response> {
    if (path === '/v2/' || path === '/v2') return Response.json({})
    const [, uploadTo, session] = UPLOAD.exec(path) ?? []
    if (uploadTo !== undefined && session !== undefined) {
      return this.#upload(request, uploadTo, session)
    }
    const [, name, kind, reference] = PATH.exec(path) ?? []
    if (name === undefined || reference === undefined) return notFound()
    switch (kind) {
      case 'manifests':
        return this.#manifest(request, name, reference)
      case 'blobs':
        return serveStored(request, this.repository(name).blobs.get(reference))
      default:
        return this.#setup.referrersApi === false
          ? notFound()
          : this.#referrers(request, name, reference)
    }
  }

  async #manifest(request: Request, name: string, reference: string): Promise<Response> {
    const store = this.repository(name)
    switch (request.method) {
      case 'PUT': {
        const bytes = Buffer.from(await request.arrayBuffer())
        const tag = reference.startsWith('sha256:') ? undefined : reference
        const type = request.headers.get('content-type') ?? OCI_MANIFEST
        const digest = store.addManifest(bytes, tag, type)
        const subject = /"subject":\{[^}]*"digest":"([^"]*)"/.exec(bytes.toString())?.[1]
        const knows = this.#setup.referrersApi !== false && subject !== undefined
        const headers = {
          'docker-content-digest': digest,
          location: `/v2/${name}/manifests/${digest}`,
          ...(knows && { 'oci-subject': subject }),
        }
        return new Response(null, { status: 201, headers })
      }
      case 'DELETE':
        store.manifests.delete(reference)
        store.tags.delete(reference)
        return new Response(null, { status: 202 })
      default:
        return serveStored(request, store.find(reference))
    }
  }

  #referrers(request: Request, name: string, subject: string): Response {
    const url = new URL(request.url)
    const type = url.searchParams.get('artifactType')
    const all = this.repository(name)
      .listReferrers(subject)
      .filter(({ artifactType }) => type === null || artifactType === type)
    const { pageSize = all.length } = this.#setup
    const start = Number(url.searchParams.get('from') ?? 0)
    const manifests = all.slice(start, start + pageSize)
    const isLast = start + pageSize >= all.length
    url.searchParams.set('from', String(start + pageSize))
    return Response.json(
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
      {
        headers: {
          'content-type': OCI_INDEX,
          ...(type !== null && { 'oci-filters-applied': 'artifactType' }),
          ...(!isLast && { link: `<${url.pathname}${url.search}>; rel="next"` }),
        },
      },
    )
  }

  /** POST opens a session, PATCH adds to it, PUT ends it; POST or PUT may bring all at once. */
  async #upload(request: Request, name: string, session: string): Promise<Response> {
    const bytes = Buffer.from(await request.arrayBuffer())
    const id = session === '' ? crypto.randomUUID() : session
    const all = Buffer.concat([this.#uploads.get(id) ?? Buffer.alloc(0), bytes])
    const digest = new URL(request.url).searchParams.get('digest')
    if (digest !== null) {
      this.#uploads.delete(id)
      if (digestOf(all) !== digest) return new Response(null, { status: 400 })
      this.repository(name).addBlob(all)
      return new Response(null, {
        status: 201,
        headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest },
      })
    }
    this.#uploads.set(id, all)
    return new Response(null, {
      status: 202,
      headers: {
        location: `/v2/${name}/blobs/uploads/${id}`,
        range: `0-${Math.max(all.length - 1, 0)}`,
        'docker-upload-uuid': id,
      },
    })
  }
}

function serveStored(
  { method }: Request,
  stored:
    | { readonly digest: string; readonly mediaType: string; readonly bytes: Uint8Array }
    | undefined,
): Response {
  if (stored === undefined) return notFound()
  const { digest, mediaType, bytes } = stored
  const headers = {
    'docker-content-digest': digest,
    'content-type': mediaType,
    'content-length': String(bytes.length),
  }
  return new Response(method === 'HEAD' ? null : Buffer.from(bytes), { headers })
}

function notFound(): Response {
  return Response.json({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }, { status: 404 })
}
