import { Type } from '@sinclair/typebox'
import { type Clock, systemClock } from '../clients/clock.ts'
import type { HttpRequest } from '../clients/http.ts'
import type { Report } from '../clients/report.ts'
import { Upstream } from '../clients/upstream.ts'
import { TrustError } from '../trust/errors.ts'
import {
  type ApplyOptions,
  type CallOptions,
  type DeleteOptions,
  FIELD_MANAGER,
  type KubeApi,
  type KubeList,
  type Selection,
  type WatchEvent,
} from './api.ts'
import { ClusterError } from './cluster-error.ts'
import type { ClusterConnection } from './connection.ts'
import { parseJson } from './json.ts'
import { type KubeObject, type NewObject, readAs, readObject } from './object.ts'
import { apiVersionOf, type ObjectName, type Resource, renderResource, urlOf } from './resource.ts'
import { sendSigned } from './session.ts'
import { toClusterError, toUnavailable } from './status.ts'
import { followResource } from './watch.ts'
import { openWatch } from './watch-stream.ts'

/** How long a call may take, in milliseconds. */
const CALL_MS = 10_000

/** The largest object in bytes: the API server takes requests of 3 MiB (MaxRequestBodyBytes). */
export const MAX_OBJECT_BYTES = 4 * 1024 * 1024

/** How many objects are listed at once, the bytes they may have, and how many pages are read. */
const PAGE_OBJECTS = 250
const MAX_PAGE_BYTES = 32 * 1024 * 1024
const MAX_PAGES = 400

const ListSchema = Type.Object({
  metadata: Type.Object({
    resourceVersion: Type.String({ minLength: 1 }),
    continue: Type.Optional(Type.String()),
  }),
  items: Type.Optional(Type.Union([Type.Array(Type.Unknown()), Type.Null()])),
})

/** What a client is made of. */
export interface KubeClientOptions {
  readonly connection: ClusterConnection
  /** Hears of watches that fail. */
  readonly report: Report
  readonly clock?: Clock
}

/** One request of a call. */
interface Call extends CallOptions {
  /** For messages: what the API server is asked for, "get deployments.apps". */
  readonly what: string
  readonly url: URL
  readonly method?: HttpRequest['method']
  readonly headers?: HttpRequest['headers']
  readonly body?: string
  readonly maxBytes?: number
}

/** The API of one cluster over HTTPS. */
export class KubeClient implements KubeApi {
  readonly #connection: ClusterConnection
  readonly #upstream: Upstream
  readonly #report: Report
  readonly #clock: Clock

  constructor({ connection, report, clock = systemClock }: KubeClientOptions) {
    this.#connection = connection
    this.#upstream = new Upstream(() => connection.ca(), clock)
    this.#report = report
    this.#clock = clock
  }

  async get(resource: Resource, name: ObjectName, options: CallOptions = {}): Promise<KubeObject> {
    const url = urlOf(this.#connection.server, resource, name)
    const answer = await this.#call({ ...options, what: `get ${renderResource(resource)}`, url })
    return readObject(answer, resource, name)
  }

  async list(
    resource: Resource,
    selection: Selection = {},
    options: CallOptions = {},
  ): Promise<KubeList> {
    const objects: KubeObject[] = []
    const { namespace } = selection
    let position: string | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const { metadata, items } = await this.#listPage(resource, selection, position, options)
      for (const item of items ?? []) {
        objects.push(readObject(item, resource, namespace === undefined ? {} : { namespace }))
      }
      position = metadata.continue || undefined
      if (position === undefined) return { objects, resourceVersion: metadata.resourceVersion }
    }
    throw new ClusterError('MALFORMED', `the list of ${renderResource(resource)} has no end`)
  }

  create(resource: Resource, object: NewObject, options: CallOptions = {}): Promise<KubeObject> {
    return this.#write('POST', resource, object, { fieldManager: FIELD_MANAGER }, options)
  }

  replace(resource: Resource, object: NewObject, options: CallOptions = {}): Promise<KubeObject> {
    return this.#write('PUT', resource, object, { fieldManager: FIELD_MANAGER }, options)
  }

  apply(resource: Resource, object: NewObject, options: ApplyOptions = {}): Promise<KubeObject> {
    const { fieldManager = FIELD_MANAGER, force = false } = options
    return this.#write('PATCH', resource, object, { fieldManager, force: String(force) }, options)
  }

  async delete(resource: Resource, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion } = options
    await this.#call({
      ...options,
      what: `delete ${renderResource(resource)}`,
      url: urlOf(this.#connection.server, resource, name),
      method: 'DELETE',
      ...toContent({
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { uid, resourceVersion },
      }),
    })
  }

  watch(resource: Resource, selection: Selection, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const [connection, clock] = [this.#connection, this.#clock]
    const url = urlOf(connection.server, resource, selection, toQuery(selection))
    return followResource({
      what: renderResource(resource),
      list: () => this.list(resource, selection, { signal }),
      open: (resourceVersion) =>
        openWatch({ connection, resource, url, resourceVersion, clock, signal }),
      report: this.#report,
      clock,
      signal,
    })
  }

  async #listPage(
    resource: Resource,
    selection: Selection,
    position: string | undefined,
    options: CallOptions,
  ) {
    const query = {
      ...toQuery(selection),
      limit: String(PAGE_OBJECTS),
      ...(position !== undefined && { continue: position }),
    }
    const answer = await this.#call({
      ...options,
      what: `list ${renderResource(resource)}`,
      url: urlOf(this.#connection.server, resource, selection, query),
      maxBytes: MAX_PAGE_BYTES,
    })
    return readAs(ListSchema, answer, `a list of ${renderResource(resource)}`)
  }

  async #write(
    method: 'POST' | 'PUT' | 'PATCH',
    resource: Resource,
    object: NewObject,
    query: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<KubeObject> {
    const { namespace, name } = object.metadata
    const place = method === 'POST' ? { namespace } : { namespace, name }
    const answer = await this.#call({
      ...options,
      what: `${VERBS[method]} ${renderResource(resource)}`,
      // What it does not know must not vanish silently: a typing error would be a missing rule.
      url: urlOf(this.#connection.server, resource, place, { ...query, fieldValidation: 'Strict' }),
      method,
      ...toContent(
        { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind },
        method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json',
      ),
    })
    return readObject(answer, resource, object.metadata)
  }

  async #call({ what, signal, maxBytes = MAX_OBJECT_BYTES, ...call }: Call): Promise<unknown> {
    const deadline = new AbortController()
    const cancel = this.#clock.after(CALL_MS, () => deadline.abort())
    const until = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal
    try {
      const request = { ...call, maxBytes, signal: until }
      const answer = await sendSigned(this.#connection, request, (signed) =>
        this.#upstream.send(signed),
      )
      const { status } = answer
      const body = parseJson(answer.body)
      if (status === 200 || status === 201 || status === 202) return body
      throw toClusterError(status, body, what)
    } catch (error) {
      throw error instanceof TrustError ? toUnavailable(error, what) : error
    } finally {
      cancel()
    }
  }
}

const VERBS = { POST: 'create', PUT: 'update', PATCH: 'patch' } as const

function toQuery({ fieldSelector, labelSelector }: Selection): Readonly<Record<string, string>> {
  return {
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(labelSelector !== undefined && { labelSelector }),
  }
}

function toContent(object: unknown, type = 'application/json') {
  return { headers: { 'content-type': type }, body: JSON.stringify(object) }
}
