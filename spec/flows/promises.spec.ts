import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Fault } from '../support/notary/fault.ts'
import { deployment, pod, WORKLOADS } from '../support/workload.ts'
import { DIGEST, type Flow, OTHER_DIGEST, REPOSITORY, startFlow } from './fixture.ts'

const SIGNED = `${REPOSITORY}:1`
const PINNED = `${REPOSITORY}:1@${DIGEST}`
const UNSIGNED = `${REPOSITORY}:none`

let flow: Flow
beforeEach(async () => {
  flow = await startFlow()
})
afterEach(() => flow.stop())

describe('a signed image', () => {
  test.each(Object.entries(WORKLOADS))(
    'of a %s is pinned and nothing else changes',
    async (_, make) => {
      const { response, object } = await flow.review({ object: make(SIGNED) })
      expect(response.allowed).toBe(true)
      expect(object).toEqual(make(PINNED))
    },
  )

  test('is pinned wherever it stands', async () => {
    const images = (image: string) => ({
      containers: [image, 'registry.k8s.io/pause:1'],
      init: [image],
      ephemeral: [image],
      volumes: [image],
    })
    const { object } = await flow.review({ object: pod(images(SIGNED)) })
    expect(object).toEqual(pod(images(PINNED)))
  })

  test('that is pinned to what was signed stays as it is', async () => {
    const { response } = await flow.review({ object: pod(PINNED) })
    expect(response).toMatchObject({ allowed: true })
    expect(response.patch).toBeUndefined()
  })

  test('is the new digest as soon as it is signed again', async () => {
    flow.repository.addTarget('1', OTHER_DIGEST)
    flow.repository.publish()
    const { object } = await flow.review({ object: pod(SIGNED) })
    expect(object).toEqual(pod(`${SIGNED}@${OTHER_DIGEST}`))
  })

  test('costs one fetch of each file, however often it stands in a request', async () => {
    await flow.review({ object: pod(Array.from({ length: 20 }, () => SIGNED)) })
    expect(flow.notary.requests).toHaveLength(4)
  })
})

describe('a denial', () => {
  test('names every bad image of many, with rule, validator, reason and who has to act', async () => {
    const { response, message } = await flow.review({
      object: deployment({
        containers: [SIGNED, UNSIGNED, 'registry.example/denied/app:1'],
        init: [SIGNED],
      }),
    })
    expect(response.status?.code).toBe(403)
    expect(message.split('\n')).toEqual([
      'untrusted images (2 of 3):',
      `- "${UNSIGNED}" (rule "*:*", validator "default"): tag none of ${REPOSITORY} is not signed in targets [UNTRUSTED_NOT_SIGNED, for the publisher to act]`,
      '- "registry.example/denied/app:1" (rule "registry.example/denied/*:*", validator "deny"): the policy denies registry.example/denied/app:1 without looking for a signature [UNTRUSTED_STATIC_DENY, for the publisher to act]',
    ])
  })

  test.each([
    ['an unsigned tag', UNSIGNED, 403, 'UNTRUSTED_NOT_SIGNED'],
    ['no trust data', 'registry.example/acme/none:1', 403, 'UNTRUSTED_NO_TRUST_DATA'],
    ['no reference', 'not an image', 403, 'UNTRUSTED_INVALID_REFERENCE'],
    ['another digest', `${SIGNED}@${OTHER_DIGEST}`, 403, 'UNTRUSTED_DIGEST_MISMATCH'],
    ['an unsigned digest', `${REPOSITORY}@sha256:${'c'.repeat(64)}`, 403, 'UNTRUSTED_NOT_SIGNED'],
  ])('for %s', async (_, image, code, word) => {
    const { response, message } = await flow.review({ object: pod(image) })
    expect(response).toMatchObject({ allowed: false, status: { code } })
    expect(message).toContain(`[${word}, `)
    expect(response.patch).toBeUndefined()
  })
})

describe('detection mode', () => {
  const DETECTION = { features: 'features: { detectionMode: true }\n' }

  test('admits everything and says what would have been denied', async () => {
    const lenient = await startFlow(DETECTION)
    try {
      const { response } = await lenient.review({ object: pod(UNSIGNED) })
      expect(response.allowed).toBe(true)
      expect(response.warnings?.join('\n')).toContain('[UNTRUSTED_NOT_SIGNED, ')
      expect(response.patch).toBeUndefined()
    } finally {
      lenient.stop()
    }
  })
})

describe('podsOnly', () => {
  test('warns for a Deployment and denies its Pod', async () => {
    const lenient = await startFlow({
      features: 'features: { resourceValidationMode: podsOnly }\n',
    })
    try {
      const outcome = await lenient.review({ object: deployment(UNSIGNED) })
      expect(outcome.response).toMatchObject({ allowed: true, warnings: expect.any(Array) })
      expect((await lenient.review({ object: deployment(SIGNED) })).response.patch).toBeUndefined()
      expect((await lenient.review({ object: pod(UNSIGNED) })).response.allowed).toBe(false)
    } finally {
      lenient.stop()
    }
  })
})

test('a rule with verify: false admits as written and asks nobody', async () => {
  const open = await startFlow({ policy: 'policy:\n  - pattern: "*:*"\n    verify: false\n' })
  try {
    const { response, object } = await open.review({ object: pod(UNSIGNED) })
    expect(response.allowed).toBe(true)
    expect(object).toEqual(pod(UNSIGNED))
    expect(open.notary.requests).toEqual([])
  } finally {
    open.stop()
  }
})

describe('a Notary that does not answer well is unavailable, never "unsigned"', () => {
  test.each<Fault>([
    { kind: 'status', status: 500 },
    { kind: 'status', status: 429 },
    { kind: 'truncated' },
    { kind: 'reset' },
    { kind: 'endless' },
    { kind: 'huge', bytes: 40_000_000 },
    { kind: 'gzip-bomb', inflatedBytes: 10_000_000 },
    { kind: 'redirect', to: 'http://127.0.0.1:1' },
    { kind: 'silent' },
    { kind: 'slow', bytesPerSecond: 1 },
  ])('$kind', async (fault) => {
    flow.notary.faults.set('*', fault)
    const { response, message } = await flow.review({ object: pod(SIGNED) }, '600ms')
    expect(response).toMatchObject({ allowed: false, status: { code: 503 } })
    expect(message).toMatch(/\[UNAVAILABLE_[A-Z]+, for the network to act\]/)
  })

  test('switched off and on again', async () => {
    flow.notary.stop()
    const { response } = await flow.review({ object: pod(SIGNED) }, '1s')
    expect(response.status?.code).toBe(503)
    flow.notary.start()
    expect((await flow.review({ object: pod(SIGNED) })).response.allowed).toBe(true)
  })
})
