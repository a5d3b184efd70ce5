import { describe, expect, test } from 'bun:test'
import { type CacheResult, VerdictCache } from '../../src/admission/verdict-cache.ts'
import type { Digest } from '../../src/image/digest.ts'
import { TrustError } from '../../src/trust/errors.ts'
import type { Validator } from '../../src/validators/validator.ts'
import { DEFAULTS, down, makeCached, unsigned } from './cache-fixture.ts'
import { CONTEXT, DIGEST, makeDigest, makeJudge, makeValidator } from './fixture.ts'

const TRUSTED = { trusted: true, digest: DIGEST }
const DENIED = { trusted: false, code: 'UNTRUSTED_NOT_SIGNED' }
const HIT = { skipped: 'cache hit' } as const
const signed = async () => DIGEST
const settle = () => new Promise<void>((resolve) => setTimeout(resolve))

describe('a trusted verdict', () => {
  test('counts for expirySeconds, and says that it comes from the cache', async () => {
    const { at, asked, world } = makeCached()
    world.find = signed
    expect(await at(0)).toEqual({
      image: 'app:1',
      trusted: true,
      rule: '*:*',
      validator: 'spec',
      digest: DIGEST,
      pinned: `docker.io/library/app:1@${DIGEST}`,
    })
    expect(await at(29.9)).toEqual({ ...(await at(0)), ...HIT })
    expect(asked.length).toBe(1)
    expect(await at(30)).not.toHaveProperty('skipped')
    expect(asked.length).toBe(2)
  })

  test('of a tag that was moved is replaced after expirySeconds at the latest', async () => {
    const { at, world } = makeCached()
    world.find = signed
    await at(0)
    const moved = makeDigest('b')
    world.find = async () => moved
    expect(await at(29)).toMatchObject(TRUSTED)
    expect(await at(31)).toMatchObject({ digest: moved })
  })

  test('counts from when it was asked for, not from when the answer came', async () => {
    const { at, asked, world } = makeCached()
    const answer = Promise.withResolvers<Digest>()
    world.find = () => answer.promise
    const first = at(0)
    const later = at(20)
    answer.resolve(DIGEST)
    await Promise.all([first, later])
    await at(30)
    expect(asked.length).toBe(2)
  })

  test('is of its whole reference: another tag, registry or digest is verified for itself', async () => {
    const { at, asked, world } = makeCached()
    world.find = signed
    const images = ['app:1', 'app:2', 'r.io/app:1', `app:1@${DIGEST}`, 'docker.io/library/app:1']
    for (const image of images) await at(0, image)
    expect(asked).toEqual(['library/app:1', 'library/app:2', 'app:1', 'library/app:1'])
  })

  test('counts only while the files are the same that it was proven by, in an outage too', async () => {
    const { at, asked, world } = makeCached({ staleIfUnavailableSeconds: 600 })
    world.find = signed
    await at(0)
    world.basis = 'other files'
    world.find = down
    expect(await at(1)).toMatchObject({ trusted: false, code: 'UNAVAILABLE_NETWORK' })
    world.basis = 'these files'
    expect(await at(2)).toMatchObject(HIT)
    expect(asked.length).toBe(2)
  })

  test('does not outlive what it was proven with', async () => {
    const { at, asked, world } = makeCached({ staleIfUnavailableSeconds: 600 })
    world.find = async (_, { noteExpiry, now }) => {
      for (const seconds of [100, 10, 50]) noteExpiry?.(new Date(now.getTime() + seconds * 1000))
      return DIGEST
    }
    await at(0)
    expect(await at(9)).toMatchObject(HIT)
    world.find = down
    expect(await at(10)).toMatchObject({ trusted: false, code: 'UNAVAILABLE_NETWORK' })
    expect(asked.length).toBe(2)
  })

  test('counts since its validator knows it, where that is longer', async () => {
    const { at, asked, world } = makeCached({ staleIfUnavailableSeconds: 600 })
    world.find = async (_, { noteKnownSince, now }) => {
      for (const ago of [5, 20, 0]) noteKnownSince?.(new Date(now.getTime() - ago * 1000))
      return DIGEST
    }
    await at(20)
    expect(await at(29)).toMatchObject(HIT)
    world.find = down
    expect(await at(30)).toMatchObject({ stale: { verifiedAt: CONTEXT.now } })
    expect(asked.length).toBe(2)
  })

  test('is of no use when the clock was set back, which would make it live on', async () => {
    const { at, asked, world } = makeCached()
    world.find = signed
    await at(3600)
    expect(await at(3598)).toMatchObject(HIT)
    expect(await at(0)).not.toHaveProperty('skipped')
    expect(asked.length).toBe(2)
  })
})

describe('expirySeconds of 0 or less', () => {
  test.each([0, -1])('verifies each image anew: %p', async (expirySeconds) => {
    const { at, asked, world } = makeCached({ expirySeconds })
    world.find = signed
    await at(0)
    await at(0)
    expect(asked.length).toBe(2)
  })
})

describe('a definite denial', () => {
  test('counts as long as a trusted verdict', async () => {
    const { at, asked, world } = makeCached()
    world.find = unsigned
    const first = await at(0)
    expect(first).toMatchObject({ ...DENIED, reason: 'nobody signed it', rule: '*:*' })
    expect(await at(29)).toEqual({ ...first, ...HIT })
    expect(asked.length).toBe(1)
    world.find = signed
    expect(await at(30)).toMatchObject(TRUSTED)
  })

  test('does not count again with cacheErrors: false', async () => {
    const { at, asked, world } = makeCached({ cacheErrors: false })
    world.find = unsigned
    await at(0)
    world.find = signed
    expect(await at(0)).toMatchObject(TRUSTED)
    expect(asked.length).toBe(2)
  })
})

describe('hole 9: a transient error cached as a denial', () => {
  test.each([
    new TrustError('UNAVAILABLE_NETWORK', 'no route'),
    new TrustError('UNAVAILABLE_TIMEOUT', 'too late'),
    new TrustError('UNAVAILABLE_STATUS', 'HTTP 500'),
    new TrustError('UNAVAILABLE_BODY', 'cut short'),
    new TrustError('MISCONFIGURED_CREDENTIALS', 'wrong password'),
    new TrustError('INTERNAL', 'boom'),
    new Error('boom'),
  ])('%s is asked about again at once', async (error) => {
    const { at, world } = makeCached()
    world.find = () => Promise.reject(error)
    expect(await at(0)).toMatchObject({ trusted: false })
    world.find = signed
    expect(await at(0)).toMatchObject(TRUSTED)
  })

  test('an outage takes nothing from what was verified before', async () => {
    const { at, world } = makeCached()
    world.find = signed
    await at(0)
    world.find = down
    expect(await at(31)).toMatchObject({ code: 'UNAVAILABLE_NETWORK' })
    expect(await at(29)).toMatchObject({ ...TRUSTED, ...HIT })
  })
})

describe('requests for one image at the same time', () => {
  test('share one verification', async () => {
    const { at, asked, world } = makeCached()
    const answer = Promise.withResolvers<Digest>()
    world.find = () => answer.promise
    const verdicts = [at(0), at(0)]
    await settle()
    verdicts.push(at(1), at(2))
    answer.resolve(DIGEST)
    for (const verdict of await Promise.all(verdicts)) expect(verdict).toMatchObject(TRUSTED)
    expect(asked.length).toBe(1)
  })

  test('share a denial', async () => {
    const { at, asked, world } = makeCached()
    world.find = unsigned
    for (const verdict of await Promise.all([at(0), at(0), at(0)])) {
      expect(verdict).toMatchObject(DENIED)
    }
    expect(asked.length).toBe(1)
  })

  test('that ask while it runs have their own where nothing is kept: no answer is older than its question', async () => {
    const { at, asked, world } = makeCached({ expirySeconds: 0 })
    const answer = Promise.withResolvers<never>()
    world.find = () => answer.promise
    const first = at(0)
    await settle()
    world.find = signed
    const later = [at(1), at(1)]
    answer.reject(new TrustError('UNTRUSTED_NOT_SIGNED', 'nobody signed it'))
    expect(await first).toMatchObject(DENIED)
    for (const verdict of await Promise.all(later)) expect(verdict).toMatchObject(TRUSTED)
    expect(asked.length).toBe(2)
  })

  test('lose nothing when one of them gives up', async () => {
    const { at, world } = makeCached()
    const answer = Promise.withResolvers<Digest>()
    let stopped: AbortSignal | undefined
    world.find = (_, { signal }) => {
      stopped = signal
      return answer.promise
    }
    const leaving = new AbortController()
    const [left, stays] = [at(0, 'app:1', leaving.signal), at(0)]
    await settle()
    leaving.abort()
    expect(await left).toMatchObject({
      code: 'UNAVAILABLE_TIMEOUT',
      reason: 'the deadline of the request passed',
    })
    expect(stopped?.aborted).toBe(false)
    answer.resolve(DIGEST)
    expect(await stays).toMatchObject(TRUSTED)
  })

  test('and who gives up hears what the server failed with', async () => {
    const { at, world } = makeCached()
    world.find = () => new Promise(() => {})
    world.lastFailure = new TrustError('UNAVAILABLE_STATUS', 'notary.example answers with HTTP 503')
    const leaving = new AbortController()
    const [left] = [at(0, 'app:1', leaving.signal), at(0)]
    await settle()
    leaving.abort()
    expect(await left).toMatchObject({ code: 'UNAVAILABLE_STATUS' })
  })

  test('stop it when the last one gives up', async () => {
    const { at, world } = makeCached()
    const stopped = Promise.withResolvers<void>()
    world.find = (_, { signal }) => {
      signal.addEventListener('abort', () => stopped.resolve())
      return new Promise(() => {})
    }
    const leaving = new AbortController()
    const left = at(0, 'app:1', leaving.signal)
    await settle()
    leaving.abort()
    await stopped.promise
    expect(await left).toMatchObject({ code: 'UNAVAILABLE_TIMEOUT' })
  })
})

describe('what is not for the cache', () => {
  test('a validator that needs no server is asked each time', async () => {
    let asked = 0
    const validator = { ...makeValidator(async () => DIGEST), isLocal: true } as const
    const counting: Validator = {
      ...validator,
      validate: (...args) => {
        asked++
        return validator.validate(...args)
      },
    }
    const cache = new VerdictCache({ settings: DEFAULTS, configuration: 'one' })
    const judge = makeJudge(counting, { cache })
    await judge('app:1', CONTEXT)
    await judge('app:1', CONTEXT)
    expect(asked).toBe(2)
  })

  test('a verdict under one rule is not one under another', async () => {
    let asked = 0
    const validator = makeValidator(async () => {
      asked++
      return DIGEST
    })
    const cache = new VerdictCache({ settings: DEFAULTS, configuration: 'one' })
    for (const pattern of ['*:*', 'docker.io/*:*']) {
      await makeJudge(validator, { cache, patterns: [pattern] })('app:1', CONTEXT)
    }
    expect(asked).toBe(2)
  })

  test('a question of why is answered by a verification', async () => {
    const { world, judge, asked } = makeCached()
    world.find = signed
    await judge('app:1', CONTEXT)
    await judge('app:1', { ...CONTEXT, trace: () => {} })
    expect(asked.length).toBe(2)
  })
})

test('metrics hear of hits, misses, stand-ins and shared verifications', async () => {
  const results: (CacheResult | 'joined')[] = []
  const observer = {
    looked: (_: 'memory', result: CacheResult) => void results.push(result),
    joined: () => void results.push('joined'),
  }
  const { at, world } = makeCached({ staleIfUnavailableSeconds: 60 }, { observer })
  world.find = signed
  await Promise.all([at(0), at(0)])
  await at(1)
  world.find = down
  await at(31)
  expect(results).toEqual(['miss', 'miss', 'joined', 'hit', 'miss', 'stale'])
})
