import type { BoundRule } from '../../src/admission/bound-rule.ts'
import type { Judge } from '../../src/admission/judge.ts'
import { createJudge } from '../../src/admission/judge.ts'
import { type AdmissionRequest, readRequest } from '../../src/admission/request.ts'
import { parseReview, type SentRequest } from '../../src/admission/review.ts'
import type { VerdictCache } from '../../src/admission/verdict-cache.ts'
import { type Digest, isDigest } from '../../src/image/digest.ts'
import type { Reference } from '../../src/image/reference.ts'
import { compilePolicy } from '../../src/policy/match.ts'
import { parsePattern } from '../../src/policy/pattern.ts'
import type { ValidationContext, Validator } from '../../src/validators/validator.ts'
import { admissionReview, type ReviewOptions } from '../support/admission-review.ts'

/** The digest that fixtures sign. */
export const DIGEST = makeDigest('a')

/** A context whose deadline never comes. */
export const CONTEXT: ValidationContext = {
  now: new Date('2026-01-01T00:00:00Z'),
  signal: new AbortController().signal,
}

/** Makes a request as it is judged. */
export function makeRequest(options: ReviewOptions): AdmissionRequest {
  return readRequest(makeSentRequest(options))
}

/** Makes a request as it comes out of the wire. */
export function makeSentRequest(options: ReviewOptions): SentRequest {
  return parseReview(Buffer.from(JSON.stringify(admissionReview(options))))
}

/** Makes a validator of a function. */
export function makeValidator(
  validate: (image: Reference, context: ValidationContext) => Promise<Digest> | undefined,
): Validator {
  return { name: 'spec', type: 'spec', validate }
}

/** Makes a judge with one rule for every image, or several that share a validator. */
export function makeJudge(
  validator: Validator | undefined,
  rule: {
    readonly mutate?: boolean
    readonly patterns?: readonly string[]
    readonly cache?: VerdictCache
  } = {},
): Judge {
  const { mutate = true, patterns = ['*:*'], cache } = rule
  const rules = patterns.map((pattern): BoundRule => {
    const bound = { pattern: parsePattern(pattern), mutate }
    return validator === undefined ? bound : { ...bound, validator }
  })
  return createJudge(compilePolicy(rules), cache)
}

/** Makes a digest of one hexadecimal digit. */
export function makeDigest(digit: string): Digest {
  const digest = `sha256:${digit.repeat(64)}`
  if (!isDigest(digest)) throw new RangeError(`${digit} is no hexadecimal digit`)
  return digest
}
