import type { TrustErrorCode } from '../../../src/trust/errors.ts'
import { admissionReview } from '../../support/admission-review.ts'
import { pod } from '../../support/workload.ts'
import type { ReviewScene, Scene } from '../scene.ts'
import { WEB_IMAGE, WEB_PINNED } from '../shop.ts'

/** What is done to the Notary; every time the image of the first scene is asked for. */
export const ATTACKS: readonly Scene[] = [
  denied('Somebody swaps the digest in the trust data on the server', 'UNTRUSTED_HASH_MISMATCH', {
    arrange: ({ shop }) => shop.alterFile(),
    why: 'The signed snapshot promises other bytes than the server now sends.',
  }),
  denied('Somebody swaps the digest and has the keys of the server', 'UNTRUSTED_SIGNATURE', {
    arrange: ({ shop }) => shop.alterWithServerKeys(),
    why: 'Every hash fits again, but only the publisher holds the key that signs tags.',
  }),
  denied('Trust data in perfect order, signed under a wrong root key', 'UNTRUSTED_ROOT', {
    arrange: ({ shop }) => shop.replaceRepository(),
    why: 'The operator pinned the root key of the shop, and this is not it.',
  }),
  denied('Trust data that expired yesterday', 'UNTRUSTED_EXPIRED', {
    arrange: ({ shop }) => shop.letExpire(),
    why: 'Old trust data could hide that a signature was withdrawn since.',
  }),
  denied('The Notary is switched off', 'UNAVAILABLE_NETWORK', {
    arrange: ({ notary }) => notary.stop(),
    why: 'Nobody can tell now, which is not "unsigned": the status is 503 and nothing is let in.',
  }),
  {
    kind: 'review',
    title: 'The Notary is on again',
    arrange: ({ notary }) => {
      notary.stop()
      notary.start()
    },
    review: admissionReview({ object: pod(WEB_IMAGE) }),
    expected: { allowed: true, stored: pod(WEB_PINNED) },
    why: 'An outage is never remembered as an answer, so it is over at once.',
  },
]

function denied(
  title: string,
  code: TrustErrorCode,
  scene: Pick<ReviewScene, 'arrange' | 'why'>,
): ReviewScene {
  const status = code.startsWith('UNTRUSTED_') ? 403 : 503
  return {
    kind: 'review',
    title,
    review: admissionReview({ object: pod(WEB_IMAGE) }),
    expected: { allowed: false, status, blamed: [{ image: WEB_IMAGE, code }] },
    ...scene,
  }
}
