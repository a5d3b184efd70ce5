import { quote } from '../text/quote.ts'
import type { ValidationContext } from '../validators/validator.ts'
import { ADMITTED, decide, refuse } from './decide.ts'
import type { RequestImages } from './images.ts'
import type { Judge, JudgeNames } from './judge.ts'
import { judgeSome } from './judge-some.ts'
import { applyMode, type Mode } from './mode.ts'
import type { Owners } from './owners.ts'
import type { AdmissionRequest } from './request.ts'
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

/** The whole flow: what a request says of images is judged, and the verdicts decide. */
export async function admit(
  request: AdmissionRequest,
  policy: AdmissionPolicy,
  context: ValidationContext,
): Promise<Admission> {
  const { workload } = request
  if (workload === 'none') return { request, verdicts: [], decision: ADMITTED }
  const { images } = workload
  if ('fault' in images) {
    const reason = `malformed ${request.kind.kind}: ${images.fault}`
    return refuseAll(request, policy, { code: 'UNTRUSTED_MALFORMED_WORKLOAD', reason })
  }
  if (workload.isBeingDeleted) return admitDeletion(request, policy, images)
  const judge = withShortcuts(policy, request, images)
  const verdicts = await judgeSome(images.uses, judge, context)
  return { request, verdicts, decision: applyMode(policy, request, decide(images, verdicts)) }
}

function refuseAll(request: AdmissionRequest, mode: Mode, refusal: Refusal): Admission {
  return { request, verdicts: [], refusal, decision: applyMode(mode, request, refuse(refusal)) }
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
  const reason = `the object is being deleted, ${quote(added.image)} can no longer be put into it`
  return refuseAll(request, mode, { code: 'UNTRUSTED_BEING_DELETED', reason })
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
