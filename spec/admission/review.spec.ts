import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseReview } from '../../src/admission/review.ts'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'

const review = admissionReview({ object: pod('app:1'), uid: 'the-uid' })
const parse = (value: unknown) => parseReview(Buffer.from(JSON.stringify(value)))

/** The sentence with which a body is refused. */
function refusalOf(body: string | Uint8Array): string {
  try {
    parseReview(Buffer.from(body))
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    throw error
  }
  throw new Error('the body was taken')
}

/** A review whose text `app:1` is followed by a byte that UTF-8 never has. */
function withInvalidByte(options: Parameters<typeof admissionReview>[0]): Uint8Array {
  const json = JSON.stringify(admissionReview({ uid: 'the-uid', ...options }))
  return Buffer.from(json.replaceAll('MARK', '\u00ff'), 'latin1')
}

test('a review is taken as the API server sends it, with fields that we do not know', () => {
  const { uid, kind, operation, object } = parse(review)
  expect({ uid, kind, operation }).toEqual({
    uid: 'the-uid',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    operation: 'CREATE',
  })
  expect(object).toEqual(pod('app:1'))
})

describe('a body that is no AdmissionReview is refused with what was expected', () => {
  const { request } = review
  const { uid: _, ...withoutUid } = request
  test.each<[string, unknown, string]>([
    ['another version', { ...review, apiVersion: 'admission.k8s.io/v1beta1' }, 'apiVersion is'],
    [
      'another version of another shape',
      { apiVersion: 'admission.k8s.io/v1beta1', request: null },
      'apiVersion is "admission.k8s.io/v1beta1", an AdmissionReview of admission.k8s.io/v1 was expected',
    ],
    ['another kind', { ...review, kind: 'Pod' }, 'kind is "Pod", an AdmissionReview of'],
    ['no request', { ...review, request: undefined }, 'request is missing, an AdmissionReview of'],
    ['no uid', { ...review, request: withoutUid }, 'request.uid is missing'],
    ['an empty uid', { ...review, request: { ...request, uid: '' } }, 'request.uid is ""'],
    ['a uid that is a number', { ...review, request: { ...request, uid: 7 } }, 'request.uid is 7'],
    ['no kind', { ...review, request: { ...request, kind: null } }, 'request.kind is null'],
    [
      'an operation that is none',
      { ...review, request: { ...request, operation: 'PATCH' } },
      'request.operation is "PATCH"',
    ],
    ['a list', [], 'the body is of another form'],
    ['null', null, 'the body is null'],
  ])('%s', (_, body, sentence) => {
    expect(refusalOf(JSON.stringify(body))).toStartWith(sentence)
  })

  test.each(['', '{', 'not json', '\u0000'])('text that is not JSON: %p', (body) => {
    expect(refusalOf(body)).toBe('the body is not JSON, an AdmissionReview was expected')
  })

  test('a sentence of bounded length, however long the value', () => {
    const long = { ...review, apiVersion: 'x'.repeat(1_000_000) }
    expect(refusalOf(JSON.stringify(long)).length).toBeLessThan(300)
  })

  test.each([1_000, 50_000, 1_000_000])('lists nested %p deep', (depth) => {
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(refusalOf(nested)).toContain('an AdmissionReview')
    expect(refusalOf(`{"apiVersion":${nested}}`)).toContain('an AdmissionReview')
  })

  test('any JSON at all throws nothing but a SyntaxError', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(refusalOf(text)).toContain('an AdmissionReview of admission.k8s.io/v1 was expected')
      }),
    )
  })
})

describe('invalid UTF-8 in a review is noted with its place, so that it is denied under its uid', () => {
  test.each([
    ['an image', { object: pod('MARK') }, 'object.spec.containers[0].image'],
    ['a member name', { object: { ...pod('app:1'), MARK: 1 } }, 'object'],
    ['an old object', { object: pod('app:1'), oldObject: pod('MARK') }, 'oldObject.spec'],
    ['the namespace', { object: pod('app:1'), namespace: 'MARK' }, 'namespace'],
  ])('in %s', (_, options, path) => {
    const { uid, invalidUtf8At } = parseReview(withInvalidByte(options))
    expect(uid).toBe('the-uid')
    expect(invalidUtf8At).toStartWith(path)
  })

  test('outside the request', () => {
    const body = Buffer.from(JSON.stringify({ ...review, more: '\u00ff' }), 'latin1')
    expect(parseReview(body).invalidUtf8At).toBe('request')
  })

  test('a replacement character that was really sent is no such thing', () => {
    const { invalidUtf8At } = parse(admissionReview({ object: pod('\ufffd') }))
    expect(invalidUtf8At).toBeUndefined()
  })

  test('a place of any depth and length is named within bounds', () => {
    const nested = `${'{"a":'.repeat(50_000)}"MARK"${'}'.repeat(50_000)}`
    const json = JSON.stringify({ ...review, request: { ...review.request, object: 0 } })
    const body = json.replace('"object":0', `"object":${nested.replace('MARK', '\u00ff')}`)
    const { invalidUtf8At } = parseReview(Buffer.from(body, 'latin1'))
    expect(invalidUtf8At?.length).toBeLessThan(1000)
  })
})
