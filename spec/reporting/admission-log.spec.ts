import { describe, expect, test } from 'bun:test'
import type { Admission, Verdict } from '../../src/admission/verdict.ts'
import { logAdmission } from '../../src/reporting/admission-log.ts'
import { createLog, type LogFields } from '../../src/reporting/log.ts'
import { makeRequest } from '../admission/fixture.ts'
import type { ReviewOptions } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'

const ADMITTED = { admitted: true, patch: [], warnings: [] } as const
const DENIED = { admitted: false, status: 403, message: 'a long story' } as const
const trusted: Verdict = { image: 'app:1', trusted: true, rule: '*:*', validator: 'default' }
const untrusted: Verdict = {
  image: 'bad:1',
  trusted: false,
  rule: '*:*',
  validator: 'default',
  code: 'UNTRUSTED_NOT_SIGNED',
  reason: 'nobody signed it',
}

/** The one line of an admission, as it is and parsed. */
function write(more: Partial<Admission>, options: Partial<ReviewOptions> = {}) {
  const written: string[] = []
  const log = createLog({
    level: 'debug',
    format: 'json',
    write: (line) => void written.push(line),
    now: () => new Date(0),
  })
  const request = makeRequest({ object: pod('app:1'), uid: 'the-uid', ...options })
  logAdmission(log, { request, verdicts: [], decision: ADMITTED, ...more }, 1.2345)
  expect(written).toHaveLength(1)
  const text = written.join('')
  const line: LogFields = JSON.parse(text)
  return { text, line }
}

describe('the line of an admission', () => {
  test('tells what it was about, under its uid', () => {
    expect(write({ verdicts: [trusted] }).line).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      message: 'request admitted',
      uid: 'the-uid',
      operation: 'CREATE',
      kind: 'Pod',
      namespace: 'default',
      name: 'app',
      durationMs: 1.2,
      images: [trusted],
    })
  })

  test('is a warning with code and reason of every image when it is denied', () => {
    const { line } = write({ verdicts: [untrusted, trusted], decision: DENIED })
    expect(line).toMatchObject({
      level: 'warn',
      message: 'request denied',
      images: [untrusted, trusted],
    })
  })

  test('is a warning when it is admitted only by a mode', () => {
    const decision = { ...ADMITTED, warnings: ['detection mode is on'] }
    const { line } = write({ verdicts: [untrusted], decision })
    expect(line).toMatchObject({ level: 'warn', message: 'request admitted with warnings' })
  })

  test('tells why a request was refused as a whole', () => {
    const refusal = { code: 'UNTRUSTED_MALFORMED_WORKLOAD', reason: 'no containers' } as const
    expect(write({ refusal, decision: DENIED }).line).toMatchObject({ refusal })
  })

  test('says so when it was a dry run', () => {
    expect(write({}, { dryRun: true }).line).toMatchObject({ dryRun: true })
  })
})

describe('hole 12: whole request bodies in logs', () => {
  test('nothing of the object but its images is logged', () => {
    const object = pod('app:1', { annotations: { token: 's3cret' } })
    expect(write({ verdicts: [trusted] }, { object }).text).not.toMatch(/s3cret|managedFields/)
  })

  test('a name of a megabyte is cut, and its line not lost', () => {
    const long = 'x'.repeat(2_000_000)
    const { text, line } = write(
      { verdicts: [{ ...untrusted, image: long, reason: long }], decision: DENIED },
      { object: pod(long, { name: long, namespace: long }) },
    )
    expect(text.length).toBeLessThan(10_000)
    expect(line).toMatchObject({ uid: 'the-uid', message: 'request denied' })
  })

  test('a thousand images leave a line that is not lost, the untrusted ones first', () => {
    const image = '\u0001'.repeat(10_000)
    const many = Array.from({ length: 999 }, () => ({ ...trusted, image }))
    const { text, line } = write({ verdicts: [...many, untrusted], decision: DENIED })
    expect(text.length).toBeLessThan(1_000_000)
    expect(line).toMatchObject({ imagesOmitted: 900, images: expect.arrayContaining([untrusted]) })
  })
})
