import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { admissionReview, type ReviewOptions } from '../support/admission-review.ts'
import { cronJob, deployment, pod } from '../support/workload.ts'
import { DIGEST, type Flow, OTHER_DIGEST, REPOSITORY, startFlow } from './fixture.ts'

const SIGNED = `${REPOSITORY}:1`
const UNSIGNED = `${REPOSITORY}:none`

let flow: Flow
beforeEach(async () => {
  flow = await startFlow()
})
afterEach(() => flow.stop())

describe('hole 1: evil.example/registry.k8s.io/pause:1 against the rule registry.k8s.io/*:*', () => {
  test.each([
    'evil.example/registry.k8s.io/pause:1',
    'evil.example/x/registry.k8s.io/pause:1',
    'registry.k8s.io.evil.example/pause:1',
    'evil.example:5000/registry.k8s.io/pause:1',
  ])('%s is not approved', async (image) => {
    const { response } = await flow.review({ object: pod(image) })
    expect(response.allowed).toBe(false)
  })

  test('registry.k8s.io/pause:1 is', async () => {
    const { response } = await flow.review({ object: pod('registry.k8s.io/pause:1') })
    expect(response.allowed).toBe(true)
  })
})

describe('hole 4: repo@D1 becoming repo@D2', () => {
  test.each([
    [`${SIGNED}@${OTHER_DIGEST}`, false],
    [`${REPOSITORY}@${OTHER_DIGEST}`, true],
    [`${SIGNED}@${DIGEST}`, true],
  ])('%s is trusted as it is or not at all', async (image, allowed) => {
    const { response } = await flow.review({ object: pod(image) })
    expect(response.allowed).toBe(allowed)
    expect(response.patch).toBeUndefined()
  })
})

describe('hole 5: an image put into a Deployment that waits for its finalizer', () => {
  const deleted = (image: string) =>
    deployment(image, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] })
  const update = (before: string, after: string): ReviewOptions => ({
    object: deleted(after),
    oldObject: deleted(before),
    operation: 'UPDATE',
  })

  test.each([UNSIGNED, `${REPOSITORY}:2`])('%s is denied', async (image) => {
    const { response, message } = await flow.review(update(SIGNED, image))
    expect(response).toMatchObject({ allowed: false, status: { code: 403 } })
    expect(message).toContain('UNTRUSTED_BEING_DELETED')
  })

  test('the finalizer itself can go, also while the Notary is off', async () => {
    flow.notary.stop()
    const { response } = await flow.review(update(UNSIGNED, UNSIGNED))
    expect(response).toMatchObject({ allowed: true })
    expect(response.patch).toBeUndefined()
  })
})

describe('hole 9: a transient error cached as a denial', () => {
  test('an image is trusted at once when the Notary is well again', async () => {
    flow.notary.faults.set('*', { kind: 'status', status: 503 })
    expect((await flow.review({ object: pod(SIGNED) }, '1s')).response.status?.code).toBe(503)
    flow.notary.faults.clear()
    expect((await flow.review({ object: pod(SIGNED) })).response.allowed).toBe(true)
  })

  test('one unavailable image beside an unsigned one is still named unavailable', async () => {
    const policy = `policy:
  - pattern: "*:*"
  - pattern: "registry.example/denied/*:*"
    validator: deny
`
    const mixed = await startFlow({ policy })
    mixed.notary.stop()
    const object = pod([SIGNED, 'registry.example/denied/app:1'])
    const { response, message } = await mixed.review({ object }, '1s')
    expect(response.status?.code).toBe(403)
    expect(message).toContain('[UNAVAILABLE_NETWORK, for the network to act]')
  })
})

describe('hole 10: bad input is answered clearly and crashes nothing', () => {
  afterEach(async () => {
    expect((await flow.review({ object: pod(SIGNED) })).response.allowed).toBe(true)
  })

  const { jobTemplate: _, ...withoutTemplate } = cronJob(SIGNED).spec
  test.each<[string, unknown, string]>([
    [
      'a CronJob without a pod template',
      { ...cronJob(SIGNED), spec: withoutTemplate },
      'malformed CronJob: spec.jobTemplate is missing',
    ],
    [
      'containers that are a string',
      { ...pod(SIGNED), spec: { containers: SIGNED } },
      'malformed Pod: spec.containers is of type string',
    ],
    [
      'an image that is a number',
      { ...pod(SIGNED), spec: { containers: [{ image: 1 }] } },
      'malformed Pod: spec.containers[0].image is of type number',
    ],
    ['a Pod without containers', pod([]), 'malformed Pod: spec.containers lists no container'],
    ['no object at all', null, 'malformed Pod: the object is null'],
  ])('%s', async (_, object, words) => {
    const kind = { group: '', version: 'v1', kind: 'Pod' }
    const { response, message } = await flow.review(object === null ? { object, kind } : { object })
    expect(response.status?.code).toBe(403)
    expect(message).toContain(words)
    expect(message).toContain('[UNTRUSTED_MALFORMED_WORKLOAD]')
  })

  test('invalid UTF-8 is denied under its uid, with its place', async () => {
    const review = JSON.stringify(admissionReview({ object: pod('MARK'), uid: 'the-uid' }))
    const answer = await flow.post(Buffer.from(review.replace('MARK', '\u00ff'), 'latin1'))
    expect(await answer.json()).toMatchObject({
      response: {
        uid: 'the-uid',
        allowed: false,
        status: { message: expect.stringContaining('object.spec.containers[0].image') },
      },
    })
  })

  test('an object nested deeper than any parser likes', async () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const review = JSON.stringify(admissionReview({ object: { ...pod(SIGNED), status: 'MARK' } }))
    const answer = await flow.post(review.replace('"MARK"', nested))
    expect([200, 400]).toContain(answer.status)
  })

  test('members that every object inherits are no members', async () => {
    const object = JSON.parse('{"__proto__":{"spec":{"containers":[{"image":"x"}]}}}')
    const kind = { group: '', version: 'v1', kind: 'Pod' }
    const { message } = await flow.review({ object, kind })
    expect(message).toContain('malformed Pod: spec is missing')
  })
})

describe('hole 11: image volumes and ephemeral containers unseen', () => {
  test.each(['init', 'ephemeral', 'volumes'])(
    'an unsigned image among %s is denied',
    async (place) => {
      const object = pod({ containers: [SIGNED], [place]: [UNSIGNED] })
      const { response, message } = await flow.review({ object })
      expect(response.allowed).toBe(false)
      expect(message).toContain(UNSIGNED)
    },
  )

  test.each([
    [UNSIGNED, false],
    [SIGNED, true],
  ])('an ephemeral container with %s through the subresource: %p', async (image, allowed) => {
    const { response, object } = await flow.review({
      object: pod({ containers: [SIGNED], ephemeral: [image] }),
      oldObject: pod({ containers: [SIGNED] }),
      operation: 'UPDATE',
      subResource: 'ephemeralcontainers',
    })
    expect(response.allowed).toBe(allowed)
    const pinned = pod({ containers: [SIGNED], ephemeral: [`${SIGNED}@${DIGEST}`] })
    if (allowed) expect(object).toEqual(pinned)
  })

  test('a running Pod with an ephemeral container can still be updated', async () => {
    const images = { containers: [SIGNED], ephemeral: [SIGNED], volumes: [SIGNED] }
    const { response, object } = await flow.review({
      object: pod(images),
      oldObject: pod(images),
      operation: 'UPDATE',
    })
    expect(response.allowed).toBe(true)
    expect(object).toEqual(pod({ ...images, containers: [`${SIGNED}@${DIGEST}`] }))
  })
})

test('hole 12: nothing of a request but its images is told to anybody', async () => {
  const object = pod([SIGNED, UNSIGNED], { annotations: { token: 's3cret' } })
  const { response } = await flow.review({ object })
  expect(JSON.stringify(response)).not.toContain('s3cret')
})
