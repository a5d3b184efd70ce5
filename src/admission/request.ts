import { type Controller, findController } from '../workload/controller.ts'
import {
  concernsImages,
  isBeingDeleted,
  keepsSpec,
  type RequestImages,
  readImages,
} from './images.ts'
import type { SentRequest } from './review.ts'

/**
 * What is known of a request while its images are judged. Its objects are not: parsed they take up to
 * thirty times the bytes that were sent, and waiting for a server takes seconds, so that a handful of
 * requests with many empty values would take all memory.
 */
export interface AdmissionRequest {
  readonly uid: string
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  readonly operation: SentRequest['operation']
  readonly subResource?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly dryRun?: boolean | null | undefined
  /** `none` where the request can bring no image into the cluster; what is unread is never that. */
  readonly workload: Workload | 'none'
}

/** What a request says of images. */
export interface Workload {
  /** The images, or which place of the object does not parse. */
  readonly images: RequestImages | { readonly fault: string }
  /** Whether the object only waits for its finalizers. */
  readonly isBeingDeleted: boolean
  /** Who is said to have made the object. */
  readonly controller?: Controller | undefined
}

/** Reads what a request says of images, and nothing else of its objects. */
export function readRequest(sent: SentRequest): AdmissionRequest {
  const { uid, operation, subResource, namespace, name, dryRun } = sent
  const { group, version, kind } = sent.kind
  const about = { uid, kind: { group, version, kind }, operation, subResource, namespace, name }
  return { ...about, dryRun, workload: readWorkload(sent) }
}

function readWorkload(sent: SentRequest): AdmissionRequest['workload'] {
  if (!concernsImages(sent)) return 'none'
  const isDeletion = isBeingDeleted(sent)
  if (isDeletion && keepsSpec(sent)) return 'none'
  // What comes through a subresource is of the person who sends it: no controller debugs its Pods.
  const controller = sent.subResource ? undefined : findController(sent.object)
  return { images: readOrFault(sent), isBeingDeleted: isDeletion, controller }
}

function readOrFault(sent: SentRequest): Workload['images'] {
  try {
    return readImages(sent)
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: error.message }
    throw error
  }
}
