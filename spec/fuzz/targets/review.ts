import { admit } from '../../../src/admission/admit.ts'
import type { BoundRule } from '../../../src/admission/bound-rule.ts'
import { concernsImages, isBeingDeleted } from '../../../src/admission/images.ts'
import { createJudge, nameJudges } from '../../../src/admission/judge.ts'
import { parseReview } from '../../../src/admission/review.ts'
import type { Admission } from '../../../src/admission/verdict.ts'
import { compilePolicy } from '../../../src/policy/match.ts'
import { parsePattern } from '../../../src/policy/pattern.ts'
import { createApp } from '../../../src/server/app.ts'
import { TrustError } from '../../../src/trust/errors.ts'
import { CONTEXT, DIGEST } from '../../admission/fixture.ts'
import { NotingService } from '../../server/fixture.ts'
import { admissionReview } from '../../support/admission-review.ts'
import type { Random } from '../../support/random.ts'
import { cronJob, deployment, job, pod } from '../../support/workload.ts'
import { mutateBytes, mutateJson } from '../mutate.ts'
import { Finding, type Target } from '../target.ts'

const GOOD = 'good.example/app:1'
const EVIL = 'evil.example/bad:1'

/** What a webhook may answer to any body at all. */
const STATUSES = [200, 400, 413, 415]

const WORKLOADS = [pod, deployment, cronJob, job].map((build) =>
  build({ containers: [GOOD, EVIL], init: [GOOD], volumes: [GOOD] }),
)

/** Bodies of the webhook: each has an image that nobody signed, and one that is. */
export function createReviewTarget(): Target {
  const rules = compilePolicy<BoundRule>([
    {
      pattern: parsePattern('*:*'),
      mutate: true,
      validator: {
        name: 'fuzz',
        type: 'fuzz',
        validate: async ({ registry }) => {
          if (registry === 'good.example') return DIGEST
          throw new TrustError('UNTRUSTED_NOT_SIGNED', 'nobody signed it')
        },
      },
    },
  ])
  const policy = {
    judge: createJudge(rules),
    namesOf: nameJudges(rules),
    automaticUnchangedApproval: true,
    automaticChildApproval: false,
    detectionMode: false,
    resourceValidationMode: 'all',
  } as const
  const service = new NotingService()
  const admissions: Admission[] = []
  service.decide = async (request) => {
    const admission = await admit(request, policy, CONTEXT)
    admissions.push(admission)
    return admission
  }
  const app = createApp(service)
  return {
    name: 'review',
    async attempt(random) {
      admissions.length = 0
      service.failures.length = 0
      const body = makeBody(random)
      const response = await app.fetch(
        new Request('https://localhost/mutate?timeout=10s', {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json' },
        }),
      )
      const text = Buffer.from(body).toString()
      if (!STATUSES.includes(response.status)) throw new Finding(`HTTP ${response.status}`, text)
      if (service.failures.length > 0) throw new Finding(String(service.failures[0]?.error), text)
      if (admissions[0]?.decision.admitted && runsEvil(body))
        throw new Finding('FALSE ADMISSION', text)
    },
  }
}

function makeBody(random: Random): Uint8Array<ArrayBuffer> {
  const object: unknown = random.pick(WORKLOADS)
  const oldObject = random.below(4) === 0 ? object : null
  const operation = oldObject === null ? 'CREATE' : 'UPDATE'
  const review = admissionReview({ object, oldObject: oldObject && noImages(oldObject), operation })
  if (random.below(2) === 0) return mutateBytes(Buffer.from(JSON.stringify(review)), random)
  const request = { ...review.request, object: mutateJson(object, random) }
  return new Uint8Array(Buffer.from(JSON.stringify({ ...review, request })))
}

/** An old object in which everything was good. */
function noImages(object: unknown): unknown {
  return JSON.parse(JSON.stringify(object).replaceAll(EVIL, GOOD))
}

/** Tells, by a walk of its own, whether a workload of the request has the bad image where one runs. */
function runsEvil(body: Uint8Array): boolean {
  const request = parseReview(body)
  return (
    concernsImages(request) &&
    !isBeingDeleted(request) &&
    hasEvil(Reflect.get(Object(request.object), 'spec'))
  )
}

function hasEvil(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, member]) => {
    if (key === 'image' && member === EVIL) return true
    if (
      key === 'containers' ||
      key === 'initContainers' ||
      key === 'spec' ||
      key === 'template' ||
      key === 'jobTemplate'
    ) {
      return hasEvil(member)
    }
    return Array.isArray(value) && hasEvil(member)
  })
}
