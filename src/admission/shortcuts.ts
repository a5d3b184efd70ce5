import type { Judge } from './judge.ts'

/**
 * Approves what the old object of an UPDATE already had, for `automaticUnchangedApproval`.
 *
 * Safe as far as what runs is concerned: the image was admitted when it came in. Not safe against a
 * tag that has moved since, which is why the feature is off by default.
 */
export function approveUnchanged(judge: Judge, before: ReadonlySet<string>): Judge {
  return async (image, context) =>
    before.has(image)
      ? { image, trusted: true, skipped: 'unchanged image reference' }
      : judge(image, context)
}
