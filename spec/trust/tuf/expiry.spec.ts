import { describe, expect, test } from 'bun:test'
import { verifyNotExpired } from '../../../src/trust/tuf/expiry.ts'
import { parseMetadata } from '../../../src/trust/tuf/metadata.ts'
import { outcomeOf } from '../outcome.ts'

const file = { hashes: { sha256: '' }, length: 0 }

/** Judges a timestamp, unsigned here, that expires at a text. */
function judge(expires: string, now: string): string {
  const signed = { _type: 'Timestamp', expires, meta: { snapshot: file }, version: 5 }
  const bytes = Buffer.from(JSON.stringify({ signed, signatures: [] }))
  const timestamp = parseMetadata('timestamp', 'timestamp', bytes)
  return outcomeOf(() => verifyNotExpired('timestamp', timestamp, new Date(now)))
}

describe('expiry (RFC 3339, 0 to 9 digits of a second)', () => {
  test.each([
    ['2026-12-07T03:44:16Z', '2026-12-07T03:44:15.999Z'],
    ['2026-12-07T03:44:16.236405331Z', '2026-12-07T03:44:15.999Z'],
    ['2026-12-07T03:44:16.2Z', '2026-12-07T03:44:15Z'],
    ['2026-12-07T03:44:16+02:00', '2026-12-07T01:44:15Z'],
    ['2026-12-07T03:44:16-11:30', '2026-12-07T15:14:15Z'],
    ['2028-02-29T00:00:00Z', '2028-02-28T00:00:00Z'],
    ['9999-12-31T23:59:59Z', '2026-12-07T00:00:00Z'],
  ])('%s has not come at %s', (expires, now) => {
    expect(judge(expires, now)).toBe('accepted')
  })

  test.each([
    ['2026-12-07T03:44:16Z', '2026-12-07T03:44:16Z'],
    ['2026-12-07T03:44:16.9Z', '2026-12-07T03:44:16Z'],
    ['2026-12-07T03:44:16+02:00', '2026-12-07T01:44:16Z'],
    ['2026-12-07T03:44:16-11:30', '2026-12-07T15:14:16Z'],
    ['0000-01-01T00:00:00Z', '2026-12-07T00:00:00Z'],
  ])('%s is over at %s (TUF 5.3.10)', (expires, now) => {
    expect(judge(expires, now)).toBe(
      `UNTRUSTED_EXPIRED: timestamp metadata version 5 expired at ${expires}`,
    )
  })

  test.each([
    '',
    'never',
    '2026-12-07',
    '2026-12-07T03:44:16',
    '2026-12-07 03:44:16Z',
    '2026-12-07t03:44:16z',
    '2026-12-07T03:44Z',
    '2026-12-07T03:44:16,5Z',
    '2026-12-07T03:44:16.Z',
    '2026-12-07T03:44:16.0123456789Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-12-07T24:00:00Z',
    '2026-12-07T23:59:60Z',
    '2026-12-07T03:44:16+0200',
    '2026-12-07T03:44:16+99:99',
    '+012026-12-07T03:44:16Z',
    '12026-12-07T03:44:16Z',
    ' 2026-12-07T03:44:16Z',
    '2026-12-07T03:44:16Z\n',
    '1765079056',
  ])('%j is no RFC 3339 time', (expires) => {
    expect(judge(expires, '2020-01-01T00:00:00Z')).toBe(
      `UNTRUSTED_MALFORMED_METADATA: timestamp metadata expires at ${JSON.stringify(expires)}, which is no RFC 3339 time`,
    )
  })
})
