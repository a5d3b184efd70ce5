import { describe, expect, test } from 'bun:test'
import type { Admission, Decision, Verdict } from '../../../src/admission/verdict.ts'
import { makeRequest } from '../../admission/fixture.ts'
import { pod } from '../../support/workload.ts'
import { createMetrics } from './fixture.ts'

const ADMITTED: Decision = { admitted: true, patch: [], warnings: [] }
const DENIED: Decision = { admitted: false, status: 403, message: 'no' }
const UNAVAILABLE: Decision = { admitted: false, status: 503, message: 'no' }

const by = { image: 'registry.example/app:1', rule: '*:*', validator: 'default' }
const TRUSTED: Verdict = { ...by, trusted: true }
const UNSIGNED: Verdict = { ...by, trusted: false, code: 'UNTRUSTED_NOT_SIGNED', reason: '' }
const LATE: Verdict = { ...by, trusted: false, code: 'UNAVAILABLE_TIMEOUT', reason: '' }

function admission(decision: Decision, ...verdicts: readonly Verdict[]): Admission {
  return { request: makeRequest({ object: pod('app:1') }), verdicts, decision }
}

describe('requests are counted as Connaisseur 3 counts them', () => {
  test('received, admitted and denied', async () => {
    const { metrics, lines } = createMetrics()
    for (let each = 0; each < 3; each++) metrics.admissions.countRequest()
    metrics.admissions.countAdmission(admission(ADMITTED, TRUSTED), 1)
    metrics.admissions.countAdmission(admission(DENIED, UNSIGNED, LATE), 1)
    metrics.admissions.countAdmission(admission(UNAVAILABLE, LATE), 1)
    expect(await lines('connaisseur_requests')).toEqual([
      'connaisseur_requests_total 3',
      'connaisseur_requests_in_flight 0',
      'connaisseur_requests_admitted_total 1',
      'connaisseur_requests_denied_total{timeout="true"} 1',
      'connaisseur_requests_denied_total{timeout="false"} 1',
    ])
  })

  test('every series without free labels is there before anything happened', async () => {
    const { lines } = createMetrics()
    expect(await lines('connaisseur_requests')).toEqual([
      'connaisseur_requests_total 0',
      'connaisseur_requests_in_flight 0',
      'connaisseur_requests_admitted_total 0',
      'connaisseur_requests_denied_total{timeout="true"} 0',
      'connaisseur_requests_denied_total{timeout="false"} 0',
    ])
  })
})

describe('images are counted as Connaisseur 3 counts them', () => {
  test('a timeout is an error but not among the failed', async () => {
    const { metrics, lines } = createMetrics()
    metrics.admissions.countAdmission(admission(DENIED, TRUSTED, TRUSTED, UNSIGNED, LATE), 1)
    const labels = 'type="notaryv1",validator_name="default"'
    expect(await lines('connaisseur_validations')).toEqual([
      `connaisseur_validations_total{${labels},result="success"} 2`,
      `connaisseur_validations_total{${labels},result="error"} 2`,
      `connaisseur_validations_successful_total{${labels}} 2`,
      `connaisseur_validations_failed_total{${labels}} 1`,
      `connaisseur_validations_timeouted_total{${labels}} 1`,
      'connaisseur_validations_joined_total 0',
    ])
  })

  test('what is skipped counts among the successful or failed ones too', async () => {
    const { metrics, lines } = createMetrics()
    const skipped = 'cache hit'
    const verdicts = [
      { ...TRUSTED, skipped },
      { ...UNSIGNED, skipped },
    ] as const
    metrics.admissions.countAdmission(admission(DENIED, ...verdicts), 1)
    const labels = 'type="notaryv1",validator_name="default"'
    expect(await lines('connaisseur_validations')).toEqual([
      `connaisseur_validations_total{${labels},result="success"} 1`,
      `connaisseur_validations_total{${labels},result="error"} 1`,
      `connaisseur_validations_successful_total{${labels}} 1`,
      `connaisseur_validations_failed_total{${labels}} 1`,
      `connaisseur_validations_skipped_total{${labels},reason="cache hit"} 2`,
      'connaisseur_validations_joined_total 0',
    ])
  })

  test('the type is unknown before a rule was found', async () => {
    const { metrics, lines } = createMetrics()
    const { image } = by
    const verdict: Verdict = { image, trusted: false, code: 'UNTRUSTED_NO_RULE', reason: '' }
    metrics.admissions.countAdmission(admission(DENIED, verdict), 1)
    expect(await lines('connaisseur_validations_failed')).toEqual([
      'connaisseur_validations_failed_total{type="unknown",validator_name=""} 1',
    ])
  })

  test('an image of a rule with verify: false counts as static', async () => {
    const { metrics, lines } = createMetrics()
    const verdict: Verdict = { image: by.image, rule: by.rule, trusted: true }
    metrics.admissions.countAdmission(admission(ADMITTED, verdict), 1)
    expect(await lines('connaisseur_validations_successful')).toEqual([
      'connaisseur_validations_successful_total{type="static",validator_name=""} 1',
    ])
  })

  test('no image, namespace or name becomes a label', async () => {
    const { metrics, render } = createMetrics()
    const request = makeRequest({ object: pod('app:1'), namespace: 'secret-place' })
    metrics.admissions.countAdmission({ request, verdicts: [UNSIGNED], decision: DENIED }, 1)
    metrics.admissions.countJudgement(UNSIGNED, 1)
    const { text } = await render()
    expect(text).not.toContain('secret-place')
    expect(text).not.toContain('registry.example')
  })
})

describe('durations', () => {
  test('of admissions by decision, in seconds, cumulated', async () => {
    const { metrics, lines } = createMetrics()
    metrics.admissions.countAdmission(admission(ADMITTED), 2)
    metrics.admissions.countAdmission(admission(ADMITTED), 60)
    metrics.admissions.countAdmission(admission(ADMITTED), 60_000)
    const name = 'connaisseur_admission_duration_seconds'
    const found = await lines(name)
    expect(found).toContain(`${name}_bucket{decision="admitted",le="0.001"} 0`)
    expect(found).toContain(`${name}_bucket{decision="admitted",le="0.0025"} 1`)
    expect(found).toContain(`${name}_bucket{decision="admitted",le="0.1"} 2`)
    expect(found).toContain(`${name}_bucket{decision="admitted",le="30"} 2`)
    expect(found).toContain(`${name}_bucket{decision="admitted",le="+Inf"} 3`)
    expect(found).toContain(`${name}_sum{decision="admitted"} 60.062`)
    expect(found).toContain(`${name}_count{decision="admitted"} 3`)
  })

  test('of judgements by type, without those of the cache', async () => {
    const { metrics, lines } = createMetrics()
    metrics.admissions.countJudgement(TRUSTED, 5)
    metrics.admissions.countJudgement({ ...TRUSTED, skipped: 'cache hit' }, 5)
    expect(await lines('connaisseur_validation_duration_seconds_count')).toEqual([
      'connaisseur_validation_duration_seconds_count{type="notaryv1"} 1',
    ])
  })
})
