import { parseReference } from '../image/reference.ts'
import type { ValidationContext } from '../validators/validator.ts'
import type { Judge, JudgeNames } from './judge.ts'
import { findOwnedImages, type Owners } from './owners.ts'
import type { AdmissionRequest } from './request.ts'

/**
 * Approves what the old object of an UPDATE already had, for `automaticUnchangedApproval`.
 *
 * Safe as far as what runs is concerned: the image was admitted when it came in. Not safe against a
 * tag that has moved since, which is why the feature is off by default.
 */
export function approveUnchanged(
  judge: Judge,
  before: ReadonlySet<string>,
  namesOf: JudgeNames,
): Judge {
  return async (image, context) =>
    before.has(image)
      ? { image, ...namesOf(image), trusted: true, skipped: 'unchanged image reference' }
      : judge(image, context)
}

/**
 * Approves what the controller of a request's object lists, for `automaticChildApproval`.
 *
 * Safe where controllers are verified when they come in: what they list by digest was found to be
 * trusted, and a digest means the same bytes for ever. A tag does not, so it is verified. Whoever
 * names a controller falsely gets no more than the images that it lists already.
 */
export function approveOwned(
  judge: Judge,
  owners: Owners,
  request: AdmissionRequest,
  namesOf: JudgeNames,
): Judge {
  let owned: Promise<ReadonlySet<string>> | undefined
  return async (image, context: ValidationContext) => {
    if (!isPinned(image)) return judge(image, context)
    owned ??= findOwnedImages(owners, request, context)
    const names = (await owned).has(image) ? namesOf(image) : {}
    // An image that no rule is for is denied like any other.
    return names.rule === undefined
      ? judge(image, context)
      : {
          image,
          ...names,
          trusted: true,
          skipped: 'automatic approval of child image reference',
        }
  }
}

function isPinned(image: string): boolean {
  try {
    return parseReference(image).digest !== undefined
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
