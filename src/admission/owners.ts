import type { ValidationContext } from '../validators/validator.ts'
import type { Controller } from '../workload/controller.ts'
import type { AdmissionRequest } from './request.ts'
import { withinDeadline } from './within-deadline.ts'

/** An object in the namespace of the request that is said to control the request's. */
export interface Owner extends Controller {
  readonly namespace: string
}

/** Knows the objects of the cluster. */
export interface Owners {
  /**
   * Finds the images of the owner's pod template, as the API server has it after the question was
   * asked. Nothing unless there is an object of this kind, namespace, name and uid that is not being
   * deleted. Rejects where that cannot be found out.
   */
  findImages(owner: Owner, signal: AbortSignal): Promise<ReadonlySet<string> | undefined>
}

/** What a lookup may take at most, in milliseconds, and as a part of the request's whole time. */
const MAX_LOOKUP_MS = 2000
const LOOKUP_PART = 0.25

/** What the API server waits by default, in milliseconds. */
const DEFAULT_PATIENCE_MS = 10_000

/**
 * Finds the images that the controller of a request's object lists. None where it has no controller, or
 * that cannot be told in a part of the request's time: then there is enough left to verify.
 */
export async function findOwnedImages(
  owners: Owners,
  { workload, namespace }: AdmissionRequest,
  { signal, patienceMs = DEFAULT_PATIENCE_MS }: ValidationContext,
): Promise<ReadonlySet<string>> {
  const controller = workload === 'none' ? undefined : workload.controller
  if (controller === undefined || !namespace) return NONE
  const limit = AbortSignal.timeout(Math.min(MAX_LOOKUP_MS, patienceMs * LOOKUP_PART))
  const until = AbortSignal.any([signal, limit])
  try {
    const owner = { ...controller, namespace }
    return (await withinDeadline(owners.findImages(owner, until), until)) ?? NONE
  } catch {
    // Whatever is wrong with the cluster, the images can still be verified; `Owners` reports it.
    return NONE
  }
}

const NONE: ReadonlySet<string> = new Set()
