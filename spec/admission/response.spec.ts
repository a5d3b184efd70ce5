import { describe, expect, test } from 'bun:test'
import { toFailure, toResponse } from '../../src/admission/response.ts'
import type { Decision, Verdict } from '../../src/admission/verdict.ts'
import { pod } from '../support/workload.ts'
import { DIGEST, makeRequest } from './fixture.ts'

const request = makeRequest({ object: pod('app:1'), uid: 'the-uid' })
const ADMITTED: Decision = { admitted: true, patch: [], warnings: [] }
const DENIED: Decision = { admitted: false, status: 503, message: 'it is so' }

const respond = (decision: Decision, verdicts: readonly Verdict[] = []) =>
  toResponse({ request, verdicts, decision }).response

describe('an answer', () => {
  test('is an AdmissionReview with the uid of the request', () => {
    expect(toResponse({ request, verdicts: [], decision: ADMITTED })).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: 'the-uid',
        allowed: true,
        auditAnnotations: { decision: 'admitted' },
      },
    })
  })

  test('carries the patch as base64 of JSON Patch, with its type', () => {
    const patch = [{ op: 'replace', path: '/spec/containers/0/image', value: 'app:1@ö' }] as const
    const { patch: sent, patchType } = respond({ ...ADMITTED, patch })
    expect(patchType).toBe('JSONPatch')
    expect(JSON.parse(Buffer.from(String(sent), 'base64').toString())).toEqual(patch)
  })

  test('has neither patch nor type where nothing changes', () => {
    expect(respond(ADMITTED)).not.toContainAnyKeys(['patch', 'patchType', 'warnings', 'status'])
  })

  test('carries warnings', () => {
    expect(respond({ ...ADMITTED, warnings: ['mind'] })).toMatchObject({ warnings: ['mind'] })
  })

  test.each([
    [403, 'Forbidden'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ] as const)('denies with status %p and its reason', (status, reason) => {
    expect(respond({ ...DENIED, status })).toEqual({
      uid: 'the-uid',
      allowed: false,
      status: { status: 'Failure', code: status, reason, message: 'it is so' },
      auditAnnotations: { decision: 'denied' },
    })
  })
})

describe('the audit annotations', () => {
  const denied: Verdict = {
    image: 'bad:1',
    trusted: false,
    rule: '*:*',
    code: 'UNAVAILABLE_NETWORK',
    reason: 'r',
  }

  test('tell each verdict', () => {
    const verdicts: readonly Verdict[] = [
      { image: 'a:1', trusted: true, rule: 'a:*', digest: DIGEST },
      { image: 'b:1', trusted: true },
      denied,
    ]
    expect(respond(DENIED, verdicts)).toHaveProperty('auditAnnotations', {
      decision: 'denied',
      verdicts: `"a:1" trusted by rule "a:*": ${DIGEST}; "b:1" trusted; "bad:1" not trusted by rule "*:*": UNAVAILABLE_NETWORK (network)`,
    })
  })

  test('are bounded, since they are kept for ever', () => {
    const verdicts = Array.from({ length: 1000 }, () => ({ ...denied, image: 'x'.repeat(1000) }))
    const { auditAnnotations } = respond(DENIED, verdicts)
    expect(JSON.stringify(auditAnnotations).length).toBeLessThan(12_000)
  })
})

test('a failure is a denial under the uid that says nothing of what failed', () => {
  expect(toFailure('the-uid').response).toEqual({
    uid: 'the-uid',
    allowed: false,
    status: {
      status: 'Failure',
      code: 500,
      reason: 'InternalError',
      message: 'unexpected failure, see the log of connaisseur [INTERNAL]',
    },
  })
})
