import { quote } from '../text/quote.ts'
import type { ValidationContext } from '../validators/validator.ts'
import { ADMITTED, decide, refuse } from './decide.ts'
import {
  concernsImages,
  isBeingDeleted,
  keepsSpec,
  type RequestImages,
  readImages,
} from './images.ts'
import type { Judge } from './judge.ts'
import { judgeSome } from './judge-some.ts'
import { applyMode, type Mode } from './mode.ts'
import type { AdmissionRequest } from './review.ts'
import { approveUnchanged } from './shortcuts.ts'
import type { Admission, Refusal } from './verdict.ts'

/** What the flow needs to know. */
export interface AdmissionPolicy extends Mode {
  readonly judge: Judge
  /** On UPDATE, approve images that the old object already had. */
  readonly automaticUnchangedApproval: boolean
}

/** The whole flow: a request is read, its images are judged, and the verdicts decide. */
export async function admit(
  request: AdmissionRequest,
  policy: AdmissionPolicy,
  context: ValidationContext,
): Promise<Admission> {
  if (!concernsImages(request)) return { request, verdicts: [], decision: ADMITTED }
  const isDeletion = isBeingDeleted(request)
  if (isDeletion && keepsSpec(request)) return { request, verdicts: [], decision: ADMITTED }
  const images = readOrRefuse(request)
  if ('code' in images) {
    const decision = applyMode(policy, request, refuse(images))
    return { request, verdicts: [], refusal: images, decision }
  }
  if (isDeletion) return admitDeletion(request, policy, images)
  const judge = policy.automaticUnchangedApproval
    ? approveUnchanged(policy.judge, images.before)
    : policy.judge
  const verdicts = await judgeSome(images.uses, judge, context)
  return { request, verdicts, decision: applyMode(policy, request, decide(images, verdicts)) }
}

function readOrRefuse(request: AdmissionRequest): RequestImages | Refusal {
  try {
    return readImages(request)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const { kind } = request.kind
    return { code: 'UNTRUSTED_MALFORMED_WORKLOAD', reason: `malformed ${kind}: ${error.message}` }
  }
}

/**
 * Finalizers of an object that is being deleted can always go, but nothing new gets in: otherwise
 * an image could be put into an object that nobody verifies any more, and run by its children.
 */
function admitDeletion(
  request: AdmissionRequest,
  mode: Mode,
  { uses, before }: RequestImages,
): Admission {
  const added = uses.find(({ image }) => !before.has(image))
  if (added === undefined) return { request, verdicts: [], decision: ADMITTED }
  const refusal: Refusal = {
    code: 'UNTRUSTED_BEING_DELETED',
    reason: `the object is being deleted, ${quote(added.image)} can no longer be put into it`,
  }
  const decision = applyMode(mode, request, refuse(refusal))
  return { request, verdicts: [], refusal, decision }
}
