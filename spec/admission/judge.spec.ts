import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { TrustError, type TrustErrorCode } from '../../src/trust/errors.ts'
import type { Validator } from '../../src/validators/validator.ts'
import { CONTEXT, DIGEST, makeJudge, makeValidator } from './fixture.ts'

const OTHER = `sha256:${'b'.repeat(64)}` as const
const signed = makeValidator(async () => DIGEST)
const failing = (error: unknown) =>
  makeValidator(async () => {
    throw error
  })

describe('a trusted image', () => {
  test('is pinned with its tag kept', async () => {
    expect(await makeJudge(signed)('acme/app:1', CONTEXT)).toEqual({
      image: 'acme/app:1',
      trusted: true,
      rule: '*:*',
      validator: 'spec',
      digest: DIGEST,
      pinned: `docker.io/acme/app:1@${DIGEST}`,
    })
  })

  test('is the tag latest where it names none', async () => {
    expect(await makeJudge(signed)('app', CONTEXT)).toMatchObject({
      pinned: `docker.io/library/app:latest@${DIGEST}`,
    })
  })

  test.each(['acme/app', 'acme/app:1'])('stays as written when it is pinned: %s', async (name) => {
    const image = `${name}@${DIGEST}`
    expect(await makeJudge(signed)(image, CONTEXT)).toMatchObject({ trusted: true, pinned: image })
  })

  test('is not pinned by a rule with insecureValidateOnly', async () => {
    const verdict = await makeJudge(signed, { mutate: false })('app:1', CONTEXT)
    expect(verdict).toMatchObject({ trusted: true, digest: DIGEST })
    expect(verdict).not.toHaveProperty('pinned')
  })

  test('is admitted as written by a rule without validator', async () => {
    const verdict = await makeJudge(undefined)('app:1', CONTEXT)
    expect(verdict).toEqual({ image: 'app:1', trusted: true, rule: '*:*' })
  })

  test('is admitted as written by a validator that resolves no tags', async () => {
    const validator = makeValidator(() => undefined)
    const verdict = await makeJudge(validator)('app:1', CONTEXT)
    expect(verdict).toEqual({ image: 'app:1', trusted: true, rule: '*:*', validator: 'spec' })
  })
})

describe('hole 4: repo@D1 becoming repo@D2', () => {
  test.each([true, false])('is refused whatever a validator says, mutate %p', async (mutate) => {
    const verdict = await makeJudge(signed, { mutate })(`app@${OTHER}`, CONTEXT)
    expect(verdict).toMatchObject({ trusted: false, code: 'INTERNAL' })
    expect(verdict).not.toHaveProperty('pinned')
  })
})

describe('an image that is not trusted', () => {
  test.each<TrustErrorCode>([
    'UNTRUSTED_NOT_SIGNED',
    'UNTRUSTED_CONFLICT',
    'UNAVAILABLE_STATUS',
    'MISCONFIGURED_CREDENTIALS',
    'INTERNAL',
  ])('has the code and the reason of the validator: %s', async (code) => {
    const judge = makeJudge(failing(new TrustError(code, 'so it is')))
    expect(await judge('app:1', CONTEXT)).toEqual({
      image: 'app:1',
      trusted: false,
      rule: '*:*',
      validator: 'spec',
      code,
      reason: 'so it is',
    })
  })

  test('names no rule when it is no reference', async () => {
    expect(await makeJudge(signed)('not an image', CONTEXT)).toEqual({
      image: 'not an image',
      trusted: false,
      code: 'UNTRUSTED_INVALID_REFERENCE',
      reason: 'image reference "not an image" contains white space',
    })
  })

  test('names no rule when none matches', async () => {
    const judge = makeJudge(signed, { patterns: ['registry.example/*:*'] })
    expect(await judge('app:1', CONTEXT)).toEqual({
      image: 'app:1',
      trusted: false,
      code: 'UNTRUSTED_NO_RULE',
      reason: 'no rule of the policy matches docker.io/library/app:1',
    })
  })

  test('is not decided by a guess between two equal rules', async () => {
    const judge = makeJudge(signed, { patterns: ['*/a/*:*', '*/b/*:*'] })
    const verdict = await judge('r.io/x/a/b/app:1', CONTEXT)
    expect(verdict).toMatchObject({ trusted: false, code: 'MISCONFIGURED_RULE_TIE' })
    expect(verdict).toHaveProperty('reason', 'the rules */a/*:* and */b/*:* are equally specific')
  })
})

describe('a validator that fails in a way that it must not', () => {
  test.each([
    ['an Error', new Error('boom'), 'unexpected failure: Error: boom'],
    ['a text', 'boom', 'unexpected failure: boom'],
    ['undefined', undefined, 'unexpected failure: undefined'],
    ['a look-alike', { code: 'UNTRUSTED_NOT_SIGNED', message: 'x' }, 'unexpected failure: '],
  ])('is INTERNAL when it throws %s', async (_, thrown, reason) => {
    const verdict = await makeJudge(failing(thrown))('app:1', CONTEXT)
    expect(verdict).toMatchObject({ trusted: false, code: 'INTERNAL', rule: '*:*' })
    expect(verdict).toHaveProperty('reason', expect.stringContaining(reason))
  })

  test('is INTERNAL when it throws before it returns a promise', async () => {
    const validator: Validator = {
      name: 'spec',
      type: 'spec',
      validate: () => {
        throw new Error('boom')
      },
    }
    expect(await makeJudge(validator)('app:1', CONTEXT)).toMatchObject({ code: 'INTERNAL' })
  })

  test('never makes the judge reject, whatever it throws', async () => {
    const hostile = [
      Object.create(null),
      Symbol('boom'),
      Object.defineProperty(new Error('x'), 'message', { get: () => failNow() }),
      { toString: () => failNow() },
    ]
    const anything = fc.oneof(fc.constantFrom(...hostile), fc.anything({ withNullPrototype: true }))
    await fc.assert(
      fc.asyncProperty(anything, async (thrown) => {
        const verdict = await makeJudge(failing(thrown))('app:1', CONTEXT)
        expect(verdict).toMatchObject({ trusted: false, code: 'INTERNAL' })
      }),
    )
  })
})

describe('the deadline', () => {
  const deaf = makeValidator(() => new Promise(() => {}))

  test('ends a validator that does not heed its signal', async () => {
    const deadline = new AbortController()
    const verdict = makeJudge(deaf)('app:1', { ...CONTEXT, signal: deadline.signal })
    deadline.abort()
    expect(await verdict).toMatchObject({ trusted: false, code: 'UNAVAILABLE_TIMEOUT' })
  })

  test('leaves a validator that heeds its signal the word to say what it waited for', async () => {
    const deadline = new AbortController()
    const heeding = makeValidator(async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await Bun.sleep(1)
      throw new TrustError('UNAVAILABLE_TIMEOUT', 'notary.example did not answer in time')
    })
    const verdict = makeJudge(heeding)('app:1', { ...CONTEXT, signal: deadline.signal })
    deadline.abort()
    expect(await verdict).toMatchObject({ reason: 'notary.example did not answer in time' })
  })

  test('that has passed already is a denial even if the validator would approve at once', async () => {
    const slow = makeValidator(async () => {
      await Bun.sleep(1)
      return DIGEST
    })
    const context = { ...CONTEXT, signal: AbortSignal.abort() }
    expect(await makeJudge(slow)('app:1', context)).toMatchObject({ code: 'UNAVAILABLE_TIMEOUT' })
  })

  test('leaves nothing on the signal that many images share', async () => {
    const deadline = new AbortController()
    let listeners = 0
    const { signal } = deadline
    const [add, remove] = [signal.addEventListener, signal.removeEventListener]
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1
      add.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1
      remove.apply(signal, args)
    }
    await makeJudge(signed)('app:1', { ...CONTEXT, signal })
    expect(listeners).toBe(0)
  })

  test('is handed to the validator, with the time of the request', async () => {
    let seen: unknown
    const validator = makeValidator(async (_, context) => {
      seen = context
      return DIGEST
    })
    await makeJudge(validator)('app:1', CONTEXT)
    expect(seen).toBe(CONTEXT)
  })
})

function failNow(): never {
  throw new Error('never read')
}
