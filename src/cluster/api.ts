import type { KubeObject, NewObject } from './object.ts'
import type { ObjectName, Resource } from './resource.ts'

/** The field manager of everything that this program writes. */
export const FIELD_MANAGER = 'connaisseur'

/**
 * The Kubernetes API, as far as this program needs it. Everything rejects with a `ClusterError`, on
 * whose code callers branch, and ends in bounded time: at the caller's signal or after 10 s.
 *
 * Requests are sent again while the API server does not answer (network, HTTP 429 with its
 * Retry-After, 5xx), so a write may arrive twice: `create` may find its own object
 * (`ALREADY_EXISTS`), `replace` its own version (`CONFLICT`), `delete` nothing (`NOT_FOUND`).
 */
export interface KubeApi {
  /** Gets an object; `NOT_FOUND` if there is none. */
  get(resource: Resource, name: ObjectName, options?: CallOptions): Promise<KubeObject>
  /** Lists all objects of a selection, page by page. */
  list(resource: Resource, selection?: Selection, options?: CallOptions): Promise<KubeList>
  /** Makes an object; `ALREADY_EXISTS` if there is one. */
  create(resource: Resource, object: NewObject, options?: CallOptions): Promise<KubeObject>
  /**
   * Replaces a whole object. `CONFLICT` unless it still has the `metadata.resourceVersion` that the
   * new one carries; without one, whatever is there is overwritten.
   */
  replace(resource: Resource, object: NewObject, options?: CallOptions): Promise<KubeObject>
  /**
   * Applies fields on the server (server-side apply): they are owned by our field manager, all others
   * are left alone, and the object is made if there is none. `CONFLICT` if another manager owns one
   * of them, unless it is taken by `force`.
   */
  apply(resource: Resource, object: NewObject, options?: ApplyOptions): Promise<KubeObject>
  /** Deletes an object; `CONFLICT` unless it is the one that the options name. */
  delete(resource: Resource, name: ObjectName, options?: DeleteOptions): Promise<void>
  /**
   * Tells of a selection for as long as somebody iterates, whatever fails meanwhile: outages are
   * reported and survived, what was missed is told by another `listed`. Ends, without an error, when
   * the signal aborts.
   */
  watch(resource: Resource, selection: Selection, signal: AbortSignal): AsyncIterable<WatchEvent>
}

/** How long a call may take. */
export interface CallOptions {
  /** Ends the call before its own deadline of 10 s. */
  readonly signal?: AbortSignal | undefined
}

/** Of a server-side apply. */
export interface ApplyOptions extends CallOptions {
  /** Takes fields away from other managers. Default false. */
  readonly force?: boolean
  /** Default `FIELD_MANAGER`. */
  readonly fieldManager?: string
}

/** Of a deletion: the preconditions that keep it from what somebody else made meanwhile. */
export interface DeleteOptions extends CallOptions {
  readonly uid?: string
  readonly resourceVersion?: string
}

/** Which objects of a resource. */
export interface Selection {
  /** All namespaces by default. */
  readonly namespace?: string
  /** Such as `metadata.name=connaisseur-webhook`. */
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

/** What a list held at one moment. */
export interface KubeList {
  readonly objects: readonly KubeObject[]
  readonly resourceVersion: string
}

/** What a watch tells. */
export type WatchEvent =
  /** All there is: at the start, and again whenever something may have been missed. */
  | { readonly kind: 'listed'; readonly objects: readonly KubeObject[] }
  /** Made or changed. */
  | { readonly kind: 'changed'; readonly object: KubeObject }
  | { readonly kind: 'deleted'; readonly object: KubeObject }
