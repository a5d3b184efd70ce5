import { describe, expect, test } from 'bun:test'
import { isAsExpected, runVector } from '../../vectors/notary-v1/run.ts'
import { listVectors, readVector } from '../../vectors/notary-v1/vector.ts'

const names = listVectors()

test('there are as many vectors as the README says, real ones and forged ones', async () => {
  const real = names.filter((name) => name.startsWith('real-'))
  expect(names.length).toBeGreaterThanOrEqual(60)
  expect(real.length).toBeGreaterThanOrEqual(15)
})

describe('vector', () => {
  test.each(names)('%s', async (name) => {
    const vector = await readVector(name)
    const outcomes = await runVector(vector)
    for (const [index, { expect: expected }] of vector.stages.entries()) {
      const outcome = outcomes[index] ?? ''
      const shown = 'digest' in expected ? expected.digest : `${expected.code}: ${expected.reason}`
      if (!isAsExpected(outcome, expected)) expect(outcome).toBe(shown)
    }
    expect(outcomes.length).toBe(vector.stages.length)
  })
})

test('an outcome that is not the expected one is noticed', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  expect(isAsExpected(digest, { digest })).toBe(true)
  expect(isAsExpected(`sha256:${'b'.repeat(64)}`, { digest })).toBe(false)
  expect(isAsExpected('UNTRUSTED_ROOT: x', { digest })).toBe(false)
  expect(isAsExpected(digest, { code: 'UNTRUSTED_ROOT', reason: '' })).toBe(false)
  expect(isAsExpected('UNTRUSTED_ROOT: why', { code: 'UNTRUSTED_ROOT', reason: 'why' })).toBe(true)
  expect(isAsExpected('UNTRUSTED_ROOT: x', { code: 'UNTRUSTED_ROOT', reason: 'why' })).toBe(false)
})

test('every code that trust data can be denied with has its vector', async () => {
  const vectors = await Promise.all(names.map(readVector))
  const codes = vectors.flatMap(({ stages }) =>
    stages.flatMap((stage) => ('code' in stage.expect ? [stage.expect.code] : [])),
  )
  for (const code of [
    'UNTRUSTED_NO_TRUST_DATA',
    'UNTRUSTED_NOT_SIGNED',
    'UNTRUSTED_DIGEST_MISMATCH',
    'UNTRUSTED_CONFLICT',
    'UNTRUSTED_MALFORMED_METADATA',
    'UNTRUSTED_SIGNATURE',
    'UNTRUSTED_ROOT',
    'UNTRUSTED_ROLLBACK',
    'UNTRUSTED_NO_DELEGATION',
    'UNTRUSTED_EXPIRED',
    'UNTRUSTED_HASH_MISMATCH',
    'UNAVAILABLE_METADATA',
  ]) {
    expect(codes).toContain(code)
  }
})
