import { expect, test } from 'bun:test'
import type { KeptVerdict } from '../../src/admission/kept-verdict.ts'
import { KeptVerdicts } from '../../src/admission/kept-verdicts.ts'
import { DIGEST } from './fixture.ts'

const trusted = (checkedAt = 0): KeptVerdict => ({ trusted: true, digest: DIGEST, checkedAt })
const denied = (reason = 'so it is', checkedAt = 0): KeptVerdict => ({
  trusted: false,
  code: 'UNTRUSTED_NOT_SIGNED',
  reason,
  checkedAt,
})

test('a flood of denied images does not push out what is trusted', () => {
  const kept = new KeptVerdicts()
  kept.keep('good', trusted())
  for (let index = 0; index < 20_000; index++) kept.keep(`bad ${index}`, denied())
  expect(kept.find('good')).toEqual(trusted())
  expect([kept.find('bad 0'), kept.find('bad 17999')]).toEqual([undefined, undefined])
  expect(kept.find('bad 18000')).toEqual(denied())
})

test('trusted images are bounded too, the ones verified last stay', () => {
  const kept = new KeptVerdicts()
  for (let index = 0; index < 10_001; index++) kept.keep(String(index), trusted())
  expect([kept.find('0'), kept.find('1')]).toEqual([undefined, trusted()])
})

test('a reason of any length is not kept', () => {
  const kept = new KeptVerdicts()
  kept.keep('a', denied('x'.repeat(2001)))
  expect(kept.find('a')).toBeUndefined()
})

test('a denial takes the place of trust even if it is too long to be kept itself', () => {
  const kept = new KeptVerdicts()
  kept.keep('a', trusted())
  kept.keep('a', denied('x'.repeat(2001), 1))
  expect(kept.find('a')).toBeUndefined()
})

test('an answer to an older question does not replace a newer one', () => {
  const kept = new KeptVerdicts()
  kept.keep('a', denied('so it is', 2))
  kept.keep('a', trusted(1))
  expect(kept.find('a')).toEqual(denied('so it is', 2))
})
