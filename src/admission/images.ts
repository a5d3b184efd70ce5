import { findImages, type ImageUse } from '../workload/images.ts'
import { podSpecPath } from '../workload/kinds.ts'
import { findNewEphemeralImages, findSettledPaths } from '../workload/settled.ts'
import type { SentRequest } from './review.ts'

/** Subresources through which no image can change: the API server resets the spec to the old one. */
const SPECLESS_SUBRESOURCES: readonly string[] = ['status', 'scale', 'resize']

/** The images of a request. */
export interface RequestImages {
  /** What has to be judged. */
  readonly uses: readonly ImageUse[]
  /** Paths among them that Kubernetes lets nobody change any more, so a patch leaves them alone. */
  readonly settled: ReadonlySet<string>
  /** The images that the old object of an UPDATE had. */
  readonly before: ReadonlySet<string>
}

/** What a request is about. */
interface RequestSubject {
  readonly kind: { readonly group: string; readonly kind: string }
  readonly operation: string
  readonly subResource?: string | undefined
}

/** Tells whether a request may bring images into the cluster; all others are admitted untouched. */
export function concernsImages({ kind, operation, subResource }: RequestSubject): boolean {
  if (operation !== 'CREATE' && operation !== 'UPDATE') return false
  if (podSpecPath(kind.group, kind.kind) === undefined) return false
  return !SPECLESS_SUBRESOURCES.includes(subResource ?? '')
}

/** Reads the images of a request; throws a `SyntaxError` that names the place that does not parse. */
export function readImages(request: SentRequest): RequestImages {
  const { kind, object, subResource } = request
  if (request.invalidUtf8At !== undefined) {
    throw new SyntaxError(`${request.invalidUtf8At} is not valid UTF-8`)
  }
  const old = readOldUses(request)
  const before = new Set(old.map(({ image }) => image))
  if (subResource === 'ephemeralcontainers') {
    return { uses: findNewEphemeralImages(object, request.oldObject), settled: new Set(), before }
  }
  const uses = findImages(kind.group, kind.kind, object)
  const isPodUpdate = kind.kind === 'Pod' && request.operation === 'UPDATE'
  return { uses, settled: isPodUpdate ? findSettledPaths(old, uses) : new Set(), before }
}

/** Tells whether the object of an UPDATE is already being deleted and only waits for finalizers. */
export function isBeingDeleted({ operation, oldObject }: SentRequest): boolean {
  const metadata = operation === 'UPDATE' ? readMember(oldObject, 'metadata') : undefined
  return typeof readMember(metadata, 'deletionTimestamp') === 'string'
}

/**
 * Tells whether an UPDATE leaves the spec exactly as it was, as taking a finalizer away does; so it
 * brings no image, even where the spec is of a form that is not understood.
 */
export function keepsSpec({ object, oldObject, invalidUtf8At }: SentRequest): boolean {
  if (invalidUtf8At !== undefined) return false
  const [spec, oldSpec] = [object, oldObject].map((each) => readMember(each, 'spec'))
  return JSON.stringify(spec) === JSON.stringify(oldSpec)
}

/** An old object that does not parse had no images: then nothing of the new one is unchanged. */
function readOldUses({ operation, kind, oldObject }: SentRequest): readonly ImageUse[] {
  if (operation !== 'UPDATE') return []
  try {
    return findImages(kind.group, kind.kind, oldObject)
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

function readMember(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined
  return Object.getOwnPropertyDescriptor(object, name)?.value
}
