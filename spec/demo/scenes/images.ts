import { admissionReview } from '../../support/admission-review.ts'
import { deployment, pod } from '../../support/workload.ts'
import type { Scene } from '../scene.ts'
import {
  EVIL_DIGEST,
  MIGRATE_IMAGE,
  MIGRATE_PINNED,
  WEB_IMAGE,
  WEB_PINNED,
  WEB_UNSIGNED,
} from '../shop.ts'

const UNKNOWN_IMAGE = 'registry.example/shop/side-project:1'
const LOOKALIKE_IMAGE = `evil.example/${WEB_IMAGE}`
const MIRRORED_IMAGE = 'registry.example/mirror/pause:3.10'
const WRONGLY_PINNED_IMAGE = `${WEB_IMAGE}@${EVIL_DIGEST}`

/** What becomes of images, with trust data in good order. */
export const IMAGES: readonly Scene[] = [
  {
    kind: 'review',
    title: 'A Pod with a signed tag',
    review: admissionReview({ object: pod(WEB_IMAGE) }),
    expected: { allowed: true, stored: pod(WEB_PINNED) },
    why: 'The tag is signed, so it is replaced by the signed digest: what runs is what was signed.',
  },
  {
    kind: 'review',
    title: 'A Pod with a tag that nobody signed',
    review: admissionReview({ object: pod(WEB_UNSIGNED) }),
    expected: {
      allowed: false,
      status: 403,
      blamed: [{ image: WEB_UNSIGNED, code: 'UNTRUSTED_NOT_SIGNED' }],
    },
    why: 'The repository has valid trust data, and this tag is not in it.',
  },
  {
    kind: 'review',
    title: 'A Pod from a repository without trust data',
    review: admissionReview({ object: pod(UNKNOWN_IMAGE) }),
    expected: {
      allowed: false,
      status: 403,
      blamed: [{ image: UNKNOWN_IMAGE, code: 'UNTRUSTED_NO_TRUST_DATA' }],
    },
    why: 'The Notary was asked and definitely knows nothing of this repository.',
  },
  {
    kind: 'review',
    title: 'A Pod from a registry that only ends like the trusted one',
    review: admissionReview({ object: pod(LOOKALIKE_IMAGE) }),
    expected: {
      allowed: false,
      status: 403,
      blamed: [{ image: LOOKALIKE_IMAGE, code: 'UNTRUSTED_STATIC_DENY' }],
    },
    why: 'Patterns match whole names, so the rule for all that nobody vouches for decides.',
  },
  {
    kind: 'review',
    title: 'A Deployment with an init container and three containers, two of which are bad',
    review: admissionReview({
      object: deployment({
        init: [MIGRATE_IMAGE],
        containers: [WEB_IMAGE, WEB_UNSIGNED, UNKNOWN_IMAGE],
      }),
    }),
    expected: {
      allowed: false,
      status: 403,
      blamed: [
        { image: WEB_UNSIGNED, code: 'UNTRUSTED_NOT_SIGNED' },
        { image: UNKNOWN_IMAGE, code: 'UNTRUSTED_NO_TRUST_DATA' },
      ],
    },
    why: 'One denial names both, each with the rule, the reason and who has to act.',
  },
  {
    kind: 'review',
    title: 'The same Deployment, put right',
    review: admissionReview({
      object: deployment({ init: [MIGRATE_IMAGE], containers: [WEB_IMAGE, MIRRORED_IMAGE] }),
    }),
    expected: {
      allowed: true,
      stored: deployment({ init: [MIGRATE_PINNED], containers: [WEB_PINNED, MIRRORED_IMAGE] }),
    },
    why: 'All are trusted; migrate is signed in targets/releases, the mirror has its own rule.',
  },
  {
    kind: 'review',
    title: 'An image under a rule with "verify: false"',
    review: admissionReview({ object: pod(MIRRORED_IMAGE) }),
    expected: { allowed: true, stored: pod(MIRRORED_IMAGE) },
    why: 'The operator exempts this mirror from verification, so there is no digest to put in.',
  },
  {
    kind: 'review',
    title: 'A reference that is pinned to the signed digest',
    review: admissionReview({ object: pod(WEB_PINNED) }),
    expected: { allowed: true, stored: pod(WEB_PINNED) },
    why: 'Tag and digest agree with the trust data, so there is nothing to change.',
  },
  {
    kind: 'review',
    title: 'A reference that is pinned to another digest than the signed one',
    review: admissionReview({ object: pod(WRONGLY_PINNED_IMAGE) }),
    expected: {
      allowed: false,
      status: 403,
      blamed: [{ image: WRONGLY_PINNED_IMAGE, code: 'UNTRUSTED_DIGEST_MISMATCH' }],
    },
    why: 'A pinned reference is trusted or denied, never pinned to something else.',
  },
]
