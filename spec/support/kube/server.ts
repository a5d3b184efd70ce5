import type { Server } from 'bun'
import { applyFields, type Ownership } from './apply.ts'
import { type Fields, KubeStore, type Stored, toFields } from './store.ts'

/** How the stand-in listens and whom it lets in. */
export interface KubeServerOptions {
  readonly tls: { readonly cert: string; readonly key: string }
  /** Bearer tokens that are accepted; everybody is let in without it. May be changed later. */
  readonly tokens?: Set<string>
  /** PEM; a client certificate of this CA is then needed to connect at all. */
  readonly clientCa?: string
  /** Default 0, which takes a free one. */
  readonly port?: number
}

/** A request as it came. */
export interface KubeRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Fields
}

/** An answer other than the right one, or a wait before it; undefined for the right one at once. */
export type Fault = (request: KubeRequest) => Response | undefined | Promise<Response | undefined>

/**
 * An API server in the process: objects, lists in pages, watches, server-side apply, preconditions,
 * over HTTPS. No schemas, no RBAC, no admission.
 */
export interface KubeServer {
  readonly url: string
  readonly port: number
  readonly store: KubeStore
  /** Every request, oldest first. */
  readonly requests: KubeRequest[]
  /** Asked before every answer; undefined to behave. */
  fault: Fault | undefined
  /** Ends all watches, as the API server does now and then. */
  endWatches(): void
  /** Sends a bookmark to all watches. */
  bookmark(): void
  stop(): void
}

/** Starts the stand-in on 127.0.0.1. */
export function startKube(options: KubeServerOptions): KubeServer {
  const { tls, tokens, clientCa, port = 0 } = options
  const store = new KubeStore()
  const watches = new Set<Watch>()
  const owners = new Map<string, Ownership>()
  const running: Pick<KubeServer, 'requests' | 'fault'> = { requests: [], fault: undefined }
  const server: Server<undefined> = Bun.serve({
    hostname: '127.0.0.1',
    port,
    idleTimeout: 0,
    tls: {
      ...tls,
      ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    },
    fetch: async (raw) => {
      const request = await readRequest(raw)
      running.requests.push(request)
      const fault = await running.fault?.(request)
      if (fault !== undefined) return fault
      const token = request.headers['authorization']?.replace(/^Bearer /, '') ?? ''
      if (tokens !== undefined && !tokens.has(token)) return failure(401, 'Unauthorized')
      return answer(request, { store, watches, owners, aborted: raw.signal })
    },
  })
  return Object.assign(running, {
    url: `https://127.0.0.1:${server.port}`,
    port: server.port ?? 0,
    store,
    endWatches: () => {
      for (const watch of watches) watch.end()
    },
    bookmark: () => {
      const metadata = { resourceVersion: String(store.version) }
      for (const watch of watches) watch.send({ type: 'BOOKMARK', object: { metadata } })
    },
    stop: () => void server.stop(true),
  })
}

/** Renders metav1.Status as the API server answers failures. */
export function failure(
  code: number,
  reason: string,
  message = reason,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code }
  return Response.json(status, { status: code, headers })
}

interface Watch {
  send(event: Fields): void
  end(): void
}

interface State {
  readonly store: KubeStore
  readonly watches: Set<Watch>
  readonly owners: Map<string, Ownership>
  readonly aborted: AbortSignal
}

async function readRequest(raw: Request): Promise<KubeRequest> {
  const { pathname, searchParams } = new URL(raw.url)
  const text = await raw.text()
  return {
    method: raw.method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: raw.headers.toJSON(),
    body: text === '' ? {} : toFields(JSON.parse(text)),
  }
}

function answer(request: KubeRequest, state: State): Response {
  const { method, path, query } = request
  switch (method) {
    case 'GET':
      if (query['watch'] === 'true') return watch(request, state)
      return isCollection(path) ? list(request, state) : found(state.store.get(path))
    case 'POST':
      return create(request, state)
    case 'PUT':
      return replace(request, state)
    case 'PATCH':
      return apply(request, state)
    case 'DELETE':
      return remove(request, state)
    default:
      return failure(405, 'MethodNotAllowed')
  }
}

/** `/api/v1/[namespaces/x/]pods`, `/apis/g/v/[namespaces/x/]kinds`: one more is an object. */
function isCollection(path: string): boolean {
  return /^\/(?:api|apis\/[^/]+)\/[^/]+\/(?:namespaces\/[^/]+\/)?[^/]+$/.test(path)
}

function found(object: Stored | undefined): Response {
  return object === undefined ? failure(404, 'NotFound') : Response.json(object)
}

function list({ path, query }: KubeRequest, { store }: State): Response {
  const all = store.list(path).filter((object) => isSelected(object, query))
  const start = Number(query['continue'] ?? 0)
  const end = start + Number(query['limit'] ?? all.length)
  const more = end < all.length ? { continue: String(end) } : {}
  const items = all.slice(start, end).map(({ kind: _, apiVersion: __, ...rest }) => rest)
  return Response.json({ metadata: { resourceVersion: String(store.version), ...more }, items })
}

function isSelected({ metadata }: Stored, query: KubeRequest['query']): boolean {
  const name = /(?:^|,)metadata\.name=([^,]+)/.exec(query['fieldSelector'] ?? '')?.[1]
  const labels = toFields(metadata['labels'])
  const wanted = (query['labelSelector'] ?? '').split(',').filter((each) => each !== '')
  return (
    (name === undefined || metadata.name === name) &&
    wanted.every((each) => labels[each.split('=')[0] ?? ''] === each.split('=')[1])
  )
}

function watch({ path, query }: KubeRequest, { store, watches, aborted }: State): Response {
  const encoder = new TextEncoder()
  let leave: (() => void) | false = false
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (event: Fields) =>
        controller.enqueue(encoder.encode(`${JSON.stringify(event)}\n`))
      const end = () => {
        if (!watches.delete(entry)) return
        if (leave !== false) leave()
        if (!aborted.aborted) controller.close()
      }
      const entry: Watch = { send, end }
      watches.add(entry)
      aborted.addEventListener('abort', end)
      leave = store.follow(path, Number(query['resourceVersion'] ?? 0), ({ type, object }) => {
        if (isSelected(object, query)) send({ type, object })
      })
      if (leave !== false) return
      send({ type: 'ERROR', object: { kind: 'Status', reason: 'Expired', code: 410 } })
      end()
    },
  })
  return new Response(stream, { headers: { 'content-type': 'application/json' } })
}

function create({ path, body }: KubeRequest, { store }: State): Response {
  const own = `${path}/${toFields(body['metadata'])['name']}`
  if (store.get(own) !== undefined) return failure(409, 'AlreadyExists')
  return Response.json(store.put(own, body), { status: 201 })
}

function replace({ path, body }: KubeRequest, { store }: State): Response {
  const before = store.get(path)
  if (before === undefined) return failure(404, 'NotFound')
  const version = toFields(body['metadata'])['resourceVersion']
  if (version !== undefined && version !== before.metadata.resourceVersion) {
    return failure(409, 'Conflict', 'the object has been modified')
  }
  return Response.json(store.put(path, body))
}

function apply({ path, query, body, headers }: KubeRequest, { store, owners }: State): Response {
  if (headers['content-type'] !== 'application/apply-patch+yaml') {
    return failure(415, 'UnsupportedMediaType')
  }
  const before = store.get(path)
  const applied = applyFields(before ?? {}, owners.get(path) ?? new Map(), body, {
    manager: query['fieldManager'] ?? '',
    force: query['force'] === 'true',
  })
  if ('conflicts' in applied) return failure(409, 'Conflict', applied.conflicts.join(', '))
  owners.set(path, applied.owners)
  const isSame = JSON.stringify(before) === JSON.stringify(applied.object)
  if (before !== undefined && isSame) return Response.json(before)
  return Response.json(store.put(path, applied.object), {
    status: before === undefined ? 201 : 200,
  })
}

function remove({ path, body }: KubeRequest, { store, owners }: State): Response {
  const before = store.get(path)
  if (before === undefined) return failure(404, 'NotFound')
  const { uid, resourceVersion } = toFields(body['preconditions'])
  const { metadata } = before
  const isMeant =
    (uid === undefined || uid === metadata.uid) &&
    (resourceVersion === undefined || resourceVersion === metadata.resourceVersion)
  if (!isMeant) return failure(409, 'Conflict', 'the precondition failed')
  store.remove(path)
  owners.delete(path)
  return Response.json({ kind: 'Status', apiVersion: 'v1', status: 'Success' })
}
