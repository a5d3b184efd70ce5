import { admissionReview } from '../../support/admission-review.ts'
import { pod } from '../../support/workload.ts'
import type { Scene } from '../scene.ts'
import { WEB_IMAGE, WEB_PINNED, WEB_UNSIGNED } from '../shop.ts'

/** A second webhook with `detectionMode: true`, for a cluster that is only getting ready. */
export const MODES: readonly Scene[] = [
  {
    kind: 'review',
    title: 'Detection mode: a signed and an unsigned image',
    webhook: 'detecting',
    review: admissionReview({ object: pod([WEB_IMAGE, WEB_UNSIGNED]) }),
    expected: {
      allowed: true,
      stored: pod([WEB_IMAGE, WEB_UNSIGNED]),
      warned: [{ image: WEB_UNSIGNED, code: 'UNTRUSTED_NOT_SIGNED' }],
    },
    why: 'It is admitted as it is, and what would have been denied is a warning.',
  },
  {
    kind: 'review',
    title: 'Detection mode: only signed images',
    webhook: 'detecting',
    review: admissionReview({ object: pod(WEB_IMAGE) }),
    expected: { allowed: true, stored: pod(WEB_PINNED) },
    why: 'What is trusted is pinned as ever, without a warning.',
  },
]
