import { describe, expect, test } from 'bun:test'
import type { Admission, Refusal } from '../../../src/admission/verdict.ts'
import { toAlert } from '../../../src/reporting/alerts/values.ts'
import { pod } from '../../support/workload.ts'
import { DENIED, makeAdmission, TRUSTED, UNTRUSTED } from './fixture.ts'

const SOURCE = { cluster: 'prod', pod: 'connaisseur-1', now: new Date('2026-06-01T00:00:00Z') }
const alertOf = (admission: Admission) => toAlert(admission, SOURCE)

const LATE = { ...UNTRUSTED, code: 'UNAVAILABLE_TIMEOUT' } as const
const MALFORMED: Refusal = { code: 'UNTRUSTED_MALFORMED_WORKLOAD', reason: 'malformed Pod' }

describe('the words are those of Connaisseur 3', () => {
  test('an admission, with the images as they will run', () => {
    expect(alertOf(makeAdmission({}, { namespace: 'shop' }))).toEqual({
      category: 'admit',
      values: {
        alert_message: 'CONNAISSEUR admitted a request',
        cluster: 'prod',
        connaisseur_pod_id: 'connaisseur-1',
        error: '',
        images: 'registry.example/app:1@sha256:aa',
        namespace: 'shop',
        request_id: 'the-uid',
        result: 'success',
        timestamp: '2026-06-01T00:00:00.000Z',
        decision: 'allowed',
        outcome: 'success',
        kind: 'Pod',
      },
    })
  })

  test('a rejection, with all images of the request as they were written', () => {
    const alert = alertOf(makeAdmission({ verdicts: [TRUSTED, UNTRUSTED], decision: DENIED }))
    expect(alert?.category).toBe('reject')
    expect(alert?.values).toMatchObject({
      alert_message: 'CONNAISSEUR rejected a request: untrusted images',
      error: 'untrusted images',
      images: 'registry.example/app:1, registry.example/app:2',
      result: 'error',
      decision: 'denied',
      outcome: 'failure',
    })
  })

  test('a request whose time ran out', () => {
    expect(alertOf(makeAdmission({ verdicts: [LATE], decision: DENIED }))?.values).toMatchObject({
      alert_message: 'CONNAISSEUR validation timed out for admission request the-uid',
      result: 'timeout',
    })
  })

  test('a timeout beside a definite verdict is a rejection', () => {
    const admission = makeAdmission({ verdicts: [LATE, UNTRUSTED], decision: DENIED })
    expect(alertOf(admission)?.values.result).toBe('error')
  })

  test('an object that does not parse', () => {
    const object = { ...pod('app:1'), spec: { containers: 'none' } }
    const rest = { verdicts: [], refusal: MALFORMED, decision: DENIED }
    const admission = makeAdmission(rest, { object })
    expect(alertOf(admission)?.values).toMatchObject({
      alert_message: 'CONNAISSEUR failed to parse admission request the-uid',
      result: 'invalid',
      images: '',
    })
  })

  test('an object that is let go without a look at its images', () => {
    expect(alertOf(makeAdmission({ verdicts: [] }))).toMatchObject({
      category: 'admit',
      values: { result: 'skip', alert_message: 'CONNAISSEUR admitted a request' },
    })
  })
})

test('a request that is denied before its images are judged has them in its alert', () => {
  const refusal: Refusal = { code: 'UNTRUSTED_BEING_DELETED', reason: 'it is being deleted' }
  const object = pod({ containers: ['app:1', 'b\n:2', 'app:1'] })
  const alert = alertOf(makeAdmission({ verdicts: [], refusal, decision: DENIED }, { object }))
  expect(alert?.values.images).toBe('app:1, b\\u000a:2')
})

test('what detection mode let through is a rejection that says that it was admitted', () => {
  const warnings = ['detection mode is on, admitted all the same', 'untrusted images']
  const decision = { admitted: true, patch: [], warnings } as const
  const alert = alertOf(makeAdmission({ verdicts: [UNTRUSTED], decision }))
  expect(alert?.category).toBe('reject')
  expect(alert?.values).toMatchObject({
    alert_message: `CONNAISSEUR rejected a request: ${warnings.join('\n')}`,
    result: 'error',
    decision: 'allowed',
    outcome: 'success',
  })
})

test('a warning beside trusted images is no rejection', () => {
  const decision = { admitted: true, patch: [], warnings: ['a verdict is stale'] } as const
  expect(alertOf(makeAdmission({ decision }))?.category).toBe('admit')
})

test('hole 13: a dry run is told to nobody, admitted or denied', () => {
  expect(alertOf(makeAdmission({}, { dryRun: true }))).toBeUndefined()
  const denied = makeAdmission({ verdicts: [UNTRUSTED], decision: DENIED }, { dryRun: true })
  expect(alertOf(denied)).toBeUndefined()
})

test('a request that has nothing to do with images is told to nobody', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
  expect(alertOf(makeAdmission({ verdicts: [] }, { object }))).toBeUndefined()
  const status = { object: pod('app:1'), subResource: 'status', operation: 'UPDATE' } as const
  expect(alertOf(makeAdmission({ verdicts: [] }, status))).toBeUndefined()
})

test('what is no image name cannot break a line or turn it around', () => {
  const image = 'a\n\u202eb'
  const alert = alertOf(makeAdmission({ verdicts: [{ ...UNTRUSTED, image }], decision: DENIED }))
  expect(alert?.values.images).toBe('a\\u000a\\u202eb')
})
