import { describe, expect, test } from 'bun:test'
import { admit } from '../../src/admission/admit.ts'
import { createJudge } from '../../src/admission/judge.ts'
import { toResponse } from '../../src/admission/response.ts'
import { VerdictCache } from '../../src/admission/verdict-cache.ts'
import { compilePolicy } from '../../src/policy/match.ts'
import { parsePattern } from '../../src/policy/pattern.ts'
import { TrustError, type TrustErrorCode } from '../../src/trust/errors.ts'
import { pod } from '../support/workload.ts'
import { DEFAULTS, down, makeCached, unsigned } from './cache-fixture.ts'
import { CONTEXT, DIGEST, makeDigest, makeRequest, makeValidator } from './fixture.ts'

const signed = async () => DIGEST
const OUTAGE = { trusted: false, code: 'UNAVAILABLE_NETWORK' }
const STALE = { staleIfUnavailableSeconds: 600 }

describe('staleIfUnavailableSeconds', () => {
  test('lets a trusted verdict stand in that much longer while its server is unavailable', async () => {
    const { at, world } = makeCached(STALE)
    world.find = signed
    await at(0)
    world.find = down
    expect(await at(629)).toEqual({
      image: 'app:1',
      trusted: true,
      rule: '*:*',
      validator: 'spec',
      digest: DIGEST,
      pinned: `docker.io/library/app:1@${DIGEST}`,
      skipped: 'cache hit',
      stale: {
        verifiedAt: CONTEXT.now,
        code: 'UNAVAILABLE_NETWORK',
        reason: 'notary.example cannot be reached',
      },
    })
    expect(await at(630)).toMatchObject(OUTAGE)
  })

  test('is off by default', async () => {
    const { at, world } = makeCached()
    world.find = signed
    await at(0)
    world.find = down
    expect(await at(30)).toMatchObject(OUTAGE)
  })

  test('adds to nothing where verdicts are not kept otherwise', async () => {
    const { at, asked, world } = makeCached({ ...STALE, expirySeconds: -1 })
    world.find = signed
    await at(0)
    await at(1)
    expect(asked.length).toBe(2)
    world.find = down
    expect(await at(600)).toMatchObject({ trusted: true })
    expect(await at(601)).toMatchObject(OUTAGE)
  })

  test.each<TrustErrorCode>([
    'UNTRUSTED_NOT_SIGNED',
    'MISCONFIGURED_CREDENTIALS',
    'INTERNAL',
    'UNAVAILABLE_OVERLOADED',
  ])('changes nothing where the server answers, as with %s', async (code) => {
    const { at, world } = makeCached(STALE)
    world.find = signed
    await at(0)
    world.find = () => Promise.reject(new TrustError(code, 'so it is'))
    expect(await at(30)).toMatchObject({ trusted: false, code })
  })

  test('keeps no trust that was withdrawn since, whether denials count again or not', async () => {
    for (const cacheErrors of [true, false]) {
      const { at, world } = makeCached({ ...STALE, cacheErrors })
      world.find = signed
      await at(0)
      world.find = unsigned
      await at(31)
      world.find = down
      expect(await at(62)).toMatchObject(OUTAGE)
    }
  })

  test('is never for a denial', async () => {
    const { at, world } = makeCached(STALE)
    world.find = unsigned
    await at(0)
    world.find = down
    expect(await at(31)).toMatchObject(OUTAGE)
  })

  test('stands in for the digest that the tag had last', async () => {
    const { at, world } = makeCached(STALE)
    world.find = signed
    await at(0)
    const moved = makeDigest('b')
    world.find = async () => moved
    await at(31)
    world.find = down
    expect(await at(62)).toMatchObject({ trusted: true, digest: moved })
  })

  test('stands in for no other image', async () => {
    const { at, world } = makeCached(STALE)
    world.find = signed
    await at(0)
    world.find = down
    expect(await at(31, 'app:2')).toMatchObject(OUTAGE)
  })

  test('does not keep requests waiting for a server that is known to be broken, and looks on', async () => {
    const { at, world } = makeCached(STALE)
    world.find = signed
    await at(0)
    const answer = Promise.withResolvers<never>()
    let signal: AbortSignal | undefined
    world.find = (_, context) => {
      signal = context.signal
      return answer.promise
    }
    world.lastFailure = new TrustError('UNAVAILABLE_STATUS', 'notary.example answers with HTTP 503')
    const request = new AbortController()
    expect(await at(31, 'app:1', request.signal)).toMatchObject({
      trusted: true,
      stale: { code: 'UNAVAILABLE_STATUS' },
    })
    request.abort()
    expect(signal?.aborted).toBe(false)
    answer.reject(new TrustError('UNTRUSTED_NOT_SIGNED', 'nobody signed it'))
    await Bun.sleep(0)
    expect(await at(31)).toMatchObject({ trusted: false, code: 'UNTRUSTED_NOT_SIGNED' })
  })
})

test('a verdict that stands in is told in the warnings and in the audit annotations', async () => {
  const world = { find: signed as () => Promise<typeof DIGEST> }
  const validator = makeValidator(() => world.find())
  const cache = new VerdictCache({ settings: { ...DEFAULTS, ...STALE }, configuration: 'one' })
  const judge = createJudge(
    compilePolicy([{ pattern: parsePattern('*:*'), mutate: true, validator }]),
    cache,
  )
  const policy = {
    judge,
    namesOf: () => ({}),
    automaticChildApproval: true,
    automaticUnchangedApproval: false,
    detectionMode: false,
    resourceValidationMode: 'all',
  } as const
  const request = makeRequest({ object: pod('app:1') })
  const after = (seconds: number) => ({
    ...CONTEXT,
    now: new Date(CONTEXT.now.getTime() + seconds * 1000),
  })
  await admit(request, policy, after(0))
  world.find = down
  const { response } = toResponse(await admit(request, policy, after(31)))
  expect(response).toMatchObject({
    allowed: true,
    warnings: [
      '"app:1" was verified at 2026-01-01T00:00:00.000Z and cannot be now: notary.example cannot be reached [UNAVAILABLE_NETWORK]',
    ],
    auditAnnotations: {
      verdicts: `"app:1" trusted by rule "*:*": ${DIGEST} (verified at 2026-01-01T00:00:00.000Z, now UNAVAILABLE_NETWORK)`,
    },
  })
})
