import { describe, expect, test } from 'bun:test'
import { decide, refuse } from '../../src/admission/decide.ts'
import type { RequestImages } from '../../src/admission/images.ts'
import type { UntrustedVerdict, Verdict } from '../../src/admission/verdict.ts'
import type { TrustErrorCode } from '../../src/trust/errors.ts'

const untrusted = (code: TrustErrorCode, image = 'app:1'): UntrustedVerdict => ({
  image,
  trusted: false,
  rule: '*:*',
  validator: 'default',
  code,
  reason: 'so it is',
})

function imagesOf(images: readonly string[], settled: readonly string[] = []): RequestImages {
  const uses = images.map((image, index) => ({ image, path: `/spec/${index}` }))
  return { uses, settled: new Set(settled), before: new Set() }
}

function decideOn(...verdicts: readonly Verdict[]) {
  return decide(imagesOf(verdicts.map(({ image }) => image)), verdicts)
}

describe('the status of a denial', () => {
  test.each<[number, TrustErrorCode[]]>([
    [403, ['UNTRUSTED_NOT_SIGNED']],
    [503, ['UNAVAILABLE_TIMEOUT']],
    [500, ['MISCONFIGURED_RULE_TIE']],
    [500, ['INTERNAL']],
    [503, ['UNAVAILABLE_NETWORK', 'UNAVAILABLE_BODY']],
    [403, ['UNAVAILABLE_NETWORK', 'UNTRUSTED_EXPIRED']],
    [403, ['INTERNAL', 'MISCONFIGURED_CREDENTIALS', 'UNTRUSTED_ROOT']],
    [500, ['UNAVAILABLE_NETWORK', 'MISCONFIGURED_CREDENTIALS']],
    [500, ['UNAVAILABLE_NETWORK', 'INTERNAL']],
  ])('is %p for %p', (status, codes) => {
    const verdicts = codes.map((code, index) => untrusted(code, `app:${index}`))
    expect(decideOn(...verdicts)).toMatchObject({ admitted: false, status })
  })
})

describe('the message of a denial', () => {
  test('names every failing image with rule, validator, reason, code and who has to act', () => {
    const decision = decideOn(
      untrusted('UNTRUSTED_NOT_SIGNED', 'bad:1'),
      { image: 'good:1', trusted: true },
      untrusted('UNAVAILABLE_TIMEOUT', 'bad:2'),
    )
    expect(decision).toHaveProperty(
      'message',
      [
        'untrusted images (2 of 3):',
        '- "bad:1" (rule "*:*", validator "default"): so it is [UNTRUSTED_NOT_SIGNED, for the publisher to act]',
        '- "bad:2" (rule "*:*", validator "default"): so it is [UNAVAILABLE_TIMEOUT, for the network to act]',
      ].join('\n'),
    )
  })

  test.each<[string, TrustErrorCode]>([
    ['operator', 'MISCONFIGURED_CREDENTIALS'],
    ['connaisseur', 'INTERNAL'],
  ])('waits for the %s at %s', (actor, code) => {
    const message = expect.stringContaining(`[${code}, for the ${actor} to act]`)
    expect(decideOn(untrusted(code))).toHaveProperty('message', message)
  })

  test('leaves out rule and validator where none decided', () => {
    const { rule: _, validator: __, ...bare } = untrusted('UNTRUSTED_NO_RULE')
    const message = expect.stringContaining('\n- "app:1": so it is [')
    expect(decideOn(bare)).toHaveProperty('message', message)
  })

  test('shows an image of any length and content on one line', () => {
    const image = `a\n- "good:1"\u001b[2K${'x'.repeat(100_000)}`
    const decision = decideOn(untrusted('UNTRUSTED_INVALID_REFERENCE', image))
    const message = 'message' in decision ? decision.message : ''
    expect(message.split('\n')).toHaveLength(2)
    expect(message).not.toContain('\u001b')
    expect(message.length).toBeLessThan(1000)
  })

  test('of a request as a whole says why and under which code', () => {
    expect(refuse({ code: 'UNTRUSTED_MALFORMED_WORKLOAD', reason: 'spec is missing' })).toEqual({
      admitted: false,
      status: 403,
      message: 'spec is missing [UNTRUSTED_MALFORMED_WORKLOAD]',
    })
  })
})

describe('the patch of an admission', () => {
  test('replaces every place of a pinned image and no other', () => {
    const verdicts: readonly Verdict[] = [
      { image: 'a:1', trusted: true, pinned: 'a:1@pin' },
      { image: 'b:1', trusted: true },
      { image: 'c:1', trusted: true, pinned: 'c:1' },
    ]
    expect(decide(imagesOf(['a:1', 'b:1', 'a:1', 'c:1']), verdicts)).toEqual({
      admitted: true,
      warnings: [],
      patch: [
        { op: 'replace', path: '/spec/0', value: 'a:1@pin' },
        { op: 'replace', path: '/spec/2', value: 'a:1@pin' },
      ],
    })
  })

  test('leaves alone what Kubernetes lets nobody change', () => {
    const verdicts: readonly Verdict[] = [{ image: 'a:1', trusted: true, pinned: 'a:1@pin' }]
    expect(decide(imagesOf(['a:1', 'a:1'], ['/spec/0']), verdicts)).toMatchObject({
      patch: [{ op: 'replace', path: '/spec/1', value: 'a:1@pin' }],
    })
  })

  test('is empty without images', () => {
    expect(decideOn()).toEqual({ admitted: true, patch: [], warnings: [] })
  })
})
