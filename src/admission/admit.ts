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
import type { Judge, JudgeNames } from './judge.ts'
import { judgeSome } from './judge-some.ts'
import { applyMode, type Mode } from './mode.ts'
import type { Owners } from './owners.ts'
import type { AdmissionRequest } from './review.ts'
import { approveOwned, approveUnchanged } from './shortcuts.ts'
import type { Admission, Refusal } from './verdict.ts'

/** What the flow needs to know. */
export interface AdmissionPolicy extends Mode {
  readonly judge: Judge
  /** Who judges an image, for those that need not be judged again. */
  readonly namesOf: JudgeNames
  /** On UPDATE, approve images that the old object already had. */
  readonly automaticUnchangedApproval: boolean
  /** Approve images that the controller of an object lists by digest. */
  readonly automaticChildApproval: boolean
  /** Knows controllers; without it nobody's child is approved. */
  readonly owners?: Owners | undefined
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
  const judge = withShortcuts(policy, request, images)
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

/**
 * Children are approved only where their controllers had to be trusted to come in: with detection mode
 * or pods-only they are in the cluster whatever they list.
 */
function withShortcuts(
  policy: AdmissionPolicy,
  request: AdmissionRequest,
  { before }: RequestImages,
): Judge {
  const { judge, namesOf, owners, detectionMode, resourceValidationMode } = policy
  const isEnforced = !detectionMode && resourceValidationMode === 'all'
  const first =
    policy.automaticChildApproval && owners !== undefined && isEnforced
      ? approveOwned(judge, owners, request, namesOf)
      : judge
  return policy.automaticUnchangedApproval ? approveUnchanged(first, before, namesOf) : first
}
