import { admissionReview } from '../../support/admission-review.ts'
import { cronJob, deployment, pod } from '../../support/workload.ts'
import type { Scene } from '../scene.ts'
import { MIGRATE_IMAGE, MIGRATE_PINNED, WEB_IMAGE, WEB_PINNED, WEB_UNSIGNED } from '../shop.ts'

const DELETED_AT = '2026-01-02T00:00:00Z'
const DELETION = { deletionTimestamp: DELETED_AT, finalizers: ['shop.example/clean-up'] }
const FINALIZED = { deletionTimestamp: DELETED_AT }

const NO_TEMPLATE = { ...cronJob(WEB_IMAGE), spec: { schedule: '0 3 * * *' } }

/** Kubernetes objects of other shapes than a Pod that is created. */
export const OBJECTS: readonly Scene[] = [
  {
    kind: 'review',
    title: 'A CronJob, whose image stands five levels deep',
    review: admissionReview({ object: cronJob(MIGRATE_IMAGE) }),
    expected: { allowed: true, stored: cronJob(MIGRATE_PINNED) },
    why: 'Every kind that makes Pods is read, and nothing but the image is touched.',
  },
  {
    kind: 'review',
    title: 'A CronJob without a Pod template',
    review: admissionReview({ object: NO_TEMPLATE }),
    expected: {
      allowed: false,
      status: 403,
      blamed: [{ code: 'UNTRUSTED_MALFORMED_WORKLOAD' }],
    },
    why: 'What cannot be read cannot be trusted; the answer says where it went wrong.',
  },
  {
    kind: 'review',
    title: 'A signed ephemeral container, put into a running Pod by "kubectl debug"',
    review: admissionReview({
      operation: 'UPDATE',
      subResource: 'ephemeralcontainers',
      object: pod({ containers: [WEB_PINNED], ephemeral: [MIGRATE_IMAGE] }),
      oldObject: pod(WEB_PINNED),
    }),
    expected: {
      allowed: true,
      stored: pod({ containers: [WEB_PINNED], ephemeral: [MIGRATE_PINNED] }),
    },
    why: 'It comes through a subresource of its own and is pinned like any other.',
  },
  {
    kind: 'review',
    title: 'An unsigned ephemeral container, put into a running Pod by "kubectl debug"',
    review: admissionReview({
      operation: 'UPDATE',
      subResource: 'ephemeralcontainers',
      object: pod({ containers: [WEB_PINNED], ephemeral: [WEB_UNSIGNED] }),
      oldObject: pod(WEB_PINNED),
    }),
    expected: {
      allowed: false,
      status: 403,
      blamed: [{ image: WEB_UNSIGNED, code: 'UNTRUSTED_NOT_SIGNED' }],
    },
    why: 'Otherwise anything could run in a Pod once it has been admitted.',
  },
  {
    kind: 'review',
    title: 'A Deployment that is being deleted loses its last finalizer',
    review: admissionReview({
      operation: 'UPDATE',
      object: deployment(WEB_UNSIGNED, FINALIZED),
      oldObject: deployment(WEB_UNSIGNED, DELETION),
    }),
    expected: { allowed: true, stored: deployment(WEB_UNSIGNED, FINALIZED) },
    why: 'No image changed, and an untrusted object must not be stuck for ever.',
  },
  {
    kind: 'review',
    title: 'A Deployment that is being deleted gets another image',
    review: admissionReview({
      operation: 'UPDATE',
      object: deployment(WEB_UNSIGNED, DELETION),
      oldObject: deployment(WEB_PINNED, DELETION),
    }),
    expected: { allowed: false, status: 403, blamed: [{ code: 'UNTRUSTED_BEING_DELETED' }] },
    why: 'A finalizer could keep the object alive, and its Pods would run the new image.',
  },
  {
    kind: 'post',
    title: 'A body that is no AdmissionReview',
    body: '{"apiVersion":"v1","kind":"Pod"}',
    expected: { status: 400, says: 'an AdmissionReview of admission.k8s.io/v1 was expected' },
    why: 'There is no uid to answer to, so it is an HTTP error that says what was expected.',
  },
]
