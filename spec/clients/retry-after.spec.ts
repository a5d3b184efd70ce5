import { expect, test } from 'bun:test'
import { parseRetryAfter } from '../../src/clients/retry-after.ts'

const NOW = Date.parse('2026-06-01T12:00:00Z')

test.each<[header: string | null, ms: number | undefined]>([
  ['0', 0],
  ['2', 2000],
  [' 2 ', 2000],
  ['61', 60_000],
  ['99999999999999999999', 60_000],
  ['Mon, 01 Jun 2026 12:00:05 GMT', 5000],
  ['Mon, 01 Jun 2026 11:00:00 GMT', 0],
  ['Mon, 01 Jun 2027 12:00:00 GMT', 60_000],
  [null, undefined],
  ['', undefined],
  ['soon', undefined],
  ['1'.repeat(65), undefined],
])('Retry-After %p is %p ms', (header, ms) => {
  expect(parseRetryAfter(header, NOW)).toBe(ms)
})
