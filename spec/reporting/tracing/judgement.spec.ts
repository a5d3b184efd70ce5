import { expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import { parsePattern } from '../../../src/policy/pattern.ts'
import { traceRule } from '../../../src/reporting/tracing/judgement.ts'
import type { Tracing } from '../../../src/reporting/tracing/tracing.ts'
import { TrustError } from '../../../src/trust/errors.ts'
import type { Validator } from '../../../src/validators/validator.ts'
import { CONTEXT, DIGEST } from '../../admission/fixture.ts'

/** Traces that nobody reads. */
const tracing: Tracing = {
  within: (_, work) => work({ set: () => {}, fail: () => {} }),
  note: () => {},
  close: async () => {},
}

test('a validator that is traced is asked the same, and tells the same of its servers and files', async () => {
  const image = parseReference('registry.example/app:1')
  const failure = new TrustError('UNAVAILABLE_STATUS', 'registry.example answers with HTTP 503')
  const known: Date[] = []
  const validator: Validator = {
    name: 'spec',
    type: 'spec',
    basis: () => 'these files',
    lastFailure: ({ registry }) => (registry === 'registry.example' ? failure : undefined),
    validate: async (_, { noteKnownSince }) => {
      noteKnownSince?.(CONTEXT.now)
      return DIGEST
    },
  }
  const rule = { pattern: parsePattern('*:*'), mutate: true, validator }
  const { validator: traced } = traceRule(rule, tracing)
  const noteKnownSince = (since: Date) => void known.push(since)
  expect(await traced?.validate(image, { ...CONTEXT, noteKnownSince })).toBe(DIGEST)
  expect(known).toEqual([CONTEXT.now])
  expect(traced?.lastFailure?.(image)).toBe(failure)
  expect(traced?.basis?.()).toBe('these files')
})
