import { describe, expect, test } from 'bun:test'
import { isAsExpected, runVector } from '../../vectors/cosign/run.ts'
import { listVectors, readVector } from '../../vectors/cosign/vector.ts'

const names = listVectors()

test('there are real vectors and forged ones', () => {
  const real = names.filter((name) => name.startsWith('real-'))
  expect(names.length).toBeGreaterThanOrEqual(40)
  expect(real.length).toBeGreaterThanOrEqual(15)
})

describe('vector', () => {
  test.each(names)('%s', async (name) => {
    const vector = readVector(name)
    const outcome = await runVector(vector)
    const { expect: expected } = vector
    const shown = 'digest' in expected ? expected.digest : `${expected.code}: ${expected.reason}`
    if (!isAsExpected(outcome, expected)) expect(outcome).toBe(shown)
  })
})

test('every code that a signature can be denied with has its vector', () => {
  const codes = names
    .map(readVector)
    .flatMap(({ expect: each }) => ('code' in each ? [each.code] : []))
  for (const code of [
    'UNTRUSTED_SIGNATURE',
    'UNTRUSTED_CLAIM',
    'UNTRUSTED_DIGEST_MISMATCH',
    'UNTRUSTED_CERTIFICATE',
    'UNTRUSTED_IDENTITY',
    'UNTRUSTED_LOG_ENTRY',
    'UNTRUSTED_TIMESTAMP',
    'UNTRUSTED_MALFORMED_SIGNATURE',
  ]) {
    expect(codes).toContain(code)
  }
})
