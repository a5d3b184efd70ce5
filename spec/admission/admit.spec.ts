import { describe, expect, test } from 'bun:test'
import { type AdmissionPolicy, admit } from '../../src/admission/admit.ts'
import type { Judge } from '../../src/admission/judge.ts'
import { readRequest } from '../../src/admission/request.ts'
import { parseReview } from '../../src/admission/review.ts'
import { admissionReview } from '../support/admission-review.ts'
import { cronJob, deployment, pod } from '../support/workload.ts'
import { CONTEXT, makeRequest } from './fixture.ts'

const trusting: Judge = async (image) => ({ image, trusted: true, pinned: `${image}@pin` })
const denying: Judge = async (image) => ({
  image,
  trusted: false,
  code: 'UNTRUSTED_NOT_SIGNED',
  reason: 'nobody signed it',
})

const makePolicy = (judge: Judge, more: Partial<AdmissionPolicy> = {}): AdmissionPolicy => ({
  judge,
  namesOf: () => ({ rule: '*:*', validator: 'spec' }),
  automaticChildApproval: true,
  automaticUnchangedApproval: false,
  detectionMode: false,
  resourceValidationMode: 'all',
  ...more,
})

/** Notes what is asked and trusts it. */
function makeCounting() {
  const asked: string[] = []
  const judge: Judge = async (image, context) => {
    asked.push(image)
    return trusting(image, context)
  }
  return { asked, judge }
}

describe('a request', () => {
  test('is admitted with its images pinned when all are trusted', async () => {
    const request = makeRequest({ object: pod(['a:1', 'b:1']) })
    const admission = await admit(request, makePolicy(trusting), CONTEXT)
    expect(admission).toMatchObject({
      request,
      verdicts: [{ image: 'a:1' }, { image: 'b:1' }],
      decision: { admitted: true, patch: [{ value: 'a:1@pin' }, { value: 'b:1@pin' }] },
    })
  })

  test('is denied when one image of many is not trusted', async () => {
    const judge: Judge = (image, context) => (image === 'b:1' ? denying : trusting)(image, context)
    const request = makeRequest({ object: pod({ containers: ['a:1'], init: ['b:1'] }) })
    const { decision } = await admit(request, makePolicy(judge), CONTEXT)
    expect(decision).toMatchObject({ admitted: false, status: 403 })
  })

  test('of a kind without images is admitted untouched, and nothing is judged', async () => {
    const request = makeRequest({
      object: { apiVersion: 'v1', kind: 'ConfigMap', data: { image: 'app:1' } },
    })
    const admission = await admit(request, makePolicy(denying), CONTEXT)
    expect(admission).toEqual({
      request,
      verdicts: [],
      decision: { admitted: true, patch: [], warnings: [] },
    })
  })

  test('of a known kind that does not parse is denied with its kind and place', async () => {
    const { jobTemplate: _, ...spec } = cronJob('app:1').spec
    const request = makeRequest({ object: { ...cronJob('app:1'), spec } })
    const admission = await admit(request, makePolicy(trusting), CONTEXT)
    const reason = 'malformed CronJob: spec.jobTemplate is missing, it must be an object'
    expect(admission).toMatchObject({
      verdicts: [],
      refusal: { code: 'UNTRUSTED_MALFORMED_WORKLOAD', reason },
      decision: { admitted: false, status: 403 },
    })
  })

  test('that does not parse is admitted with a warning in detection mode', async () => {
    const request = makeRequest({ object: { ...pod('app:1'), spec: 1 } })
    const policy = makePolicy(trusting, { detectionMode: true })
    const { decision } = await admit(request, policy, CONTEXT)
    expect(decision).toMatchObject({
      admitted: true,
      warnings: expect.arrayContaining([expect.stringContaining('malformed Pod: spec is of type')]),
    })
  })
})

describe('the images of one request', () => {
  test('are judged once when they are equal, and all of their places pinned', async () => {
    const { asked, judge } = makeCounting()
    const request = makeRequest({ object: pod({ containers: ['a:1', 'a:1'], init: ['a:1'] }) })
    const { decision } = await admit(request, makePolicy(judge), CONTEXT)
    expect(asked).toEqual(['a:1'])
    expect(decision).toHaveProperty('patch.length', 3)
  })

  test('are judged at the same time when they are different', async () => {
    const everyone = Promise.withResolvers<void>()
    let waiting = 0
    const judge: Judge = async (image, context) => {
      waiting += 1
      if (waiting === 3) everyone.resolve()
      await everyone.promise
      return trusting(image, context)
    }
    const request = makeRequest({ object: pod(['a:1', 'b:1', 'c:1']) })
    const { decision } = await admit(request, makePolicy(judge), CONTEXT)
    expect(decision.admitted).toBe(true)
  })

  test('share the context of the request', async () => {
    const contexts = new Set<unknown>()
    const judge: Judge = (image, context) => {
      contexts.add(context)
      return trusting(image, context)
    }
    await admit(makeRequest({ object: pod(['a:1', 'b:1']) }), makePolicy(judge), CONTEXT)
    expect([...contexts]).toEqual([CONTEXT])
  })
})

describe('an unchanged image', () => {
  const request = makeRequest({
    object: pod(['old:1', 'new:1']),
    oldObject: pod(['old:1']),
    operation: 'UPDATE',
  })

  test('is judged like any other by default', async () => {
    const { asked, judge } = makeCounting()
    await admit(request, makePolicy(judge), CONTEXT)
    expect(asked).toEqual(['old:1', 'new:1'])
  })

  test('is approved as written with automaticUnchangedApproval, and new ones are judged', async () => {
    const { asked, judge } = makeCounting()
    const policy = makePolicy(judge, { automaticUnchangedApproval: true })
    const { verdicts, decision } = await admit(request, policy, CONTEXT)
    expect(asked).toEqual(['new:1'])
    expect(verdicts[0]).toEqual({
      image: 'old:1',
      rule: '*:*',
      validator: 'spec',
      trusted: true,
      skipped: 'unchanged image reference',
    })
    expect(decision).toMatchObject({ patch: [{ value: 'new:1@pin' }] })
  })

  test('of a CREATE is none, whatever old object is sent along', async () => {
    const { asked, judge } = makeCounting()
    const policy = makePolicy(judge, { automaticUnchangedApproval: true })
    const create = makeRequest({ object: pod('a:1'), oldObject: pod('a:1') })
    await admit(create, policy, CONTEXT)
    expect(asked).toEqual(['a:1'])
  })
})

describe('hole 5: an object that is being deleted', () => {
  const old = deployment(['signed:1', 'other:1'], { deletionTimestamp: '2026-01-01T00:00:00Z' })
  const update = (images: readonly string[]) =>
    makeRequest({ object: deployment(images), oldObject: old, operation: 'UPDATE' })

  test('is let go without asking anybody when no image changed', async () => {
    const { decision } = await admit(update(['signed:1', 'other:1']), makePolicy(denying), CONTEXT)
    expect(decision).toEqual({ admitted: true, patch: [], warnings: [] })
  })

  test('is let go even if it does not parse, when its spec stays as it was', async () => {
    const odd = (image: string) => ({ template: { spec: { containers: [{ name: 'a', image }] } } })
    const removal = {
      object: { ...old, metadata: { name: 'app' }, spec: odd('') },
      oldObject: { ...old, spec: odd('') },
      operation: 'UPDATE',
    } as const
    expect(
      (await admit(makeRequest(removal), makePolicy(denying), CONTEXT)).decision.admitted,
    ).toBe(true)
    const change = makeRequest({ ...removal, object: { ...old, spec: odd('evil:1') } })
    const { refusal } = await admit(change, makePolicy(trusting), CONTEXT)
    expect(refusal?.code).toBe('UNTRUSTED_BEING_DELETED')
  })

  test('is not let go by bytes that only look equal because none of them is UTF-8', async () => {
    const review = { object: deployment('app:1'), oldObject: old, operation: 'UPDATE' } as const
    const [object, oldObject] = [deployment('app:X'), { ...old, spec: deployment('app:Y').spec }]
    const text = JSON.stringify(admissionReview({ ...review, object, oldObject }))
    const bytes = Buffer.from(
      text.replace('app:X', 'app:\xff').replace('app:Y', 'app:\xfe'),
      'latin1',
    )
    const { refusal } = await admit(readRequest(parseReview(bytes)), makePolicy(trusting), CONTEXT)
    expect(refusal?.code).toBe('UNTRUSTED_MALFORMED_WORKLOAD')
  })

  test('takes no new image, not even a trusted one', async () => {
    const { refusal, decision } = await admit(
      update(['signed:1', 'evil:1']),
      makePolicy(trusting),
      CONTEXT,
    )
    expect(decision).toMatchObject({ admitted: false, status: 403 })
    expect(refusal).toEqual({
      code: 'UNTRUSTED_BEING_DELETED',
      reason: 'the object is being deleted, "evil:1" can no longer be put into it',
    })
  })

  test('is no way past the verification of an object that is not', async () => {
    const object = deployment('evil:1', { deletionTimestamp: '2026-01-01T00:00:00Z' })
    const request = makeRequest({ object, oldObject: deployment('evil:1'), operation: 'UPDATE' })
    const { decision } = await admit(request, makePolicy(denying), CONTEXT)
    expect(decision.admitted).toBe(false)
  })
})
