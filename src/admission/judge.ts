import {
  parseReference,
  pinReference,
  type Reference,
  renderReference,
} from '../image/reference.ts'
import type { Policy } from '../policy/match.ts'
import { TrustError } from '../trust/errors.ts'
import type { Step, ValidationContext } from '../validators/validator.ts'
import type { BoundRule } from './bound-rule.ts'
import { traceApproval, traceFailure, traceReference, traceRule } from './explain.ts'
import type { TrustedVerdict, UntrustedVerdict, Verdict } from './verdict.ts'

/**
 * What a validator gets after the deadline to say what it was waiting for, in milliseconds; well
 * within what is kept back of the API server's patience.
 */
const GRACE_MS = 50

/** Judges one image as it is written in a workload. Never rejects: what fails is not trusted. */
export type Judge = (image: string, context: ValidationContext) => Promise<Verdict>

/** Makes the judge of a policy. */
export function createJudge(policy: Policy<BoundRule>): Judge {
  return async (image, context) => {
    const { notedContext, hasFailed } = noteFailures(context)
    let step = 'reference'
    let rule: BoundRule | undefined
    try {
      const reference = parseImage(image)
      traceReference(context, image, reference)
      step = 'rule'
      rule = chooseRule(policy, reference)
      traceRule(context, policy, reference, rule)
      step = 'verdict'
      return await applyRule(image, reference, rule, notedContext)
    } catch (error) {
      const failure = toUntrusted(error)
      if (!hasFailed()) traceFailure(context, step, failure)
      return { ...judgedBy(image, rule), ...failure }
    }
  }
}

/** Listens whether a step that failed has been told of. */
function noteFailures(context: ValidationContext) {
  const { trace } = context
  let failed = false
  if (trace === undefined) return { notedContext: context, hasFailed: () => true }
  const noting = (step: Step) => {
    failed ||= !step.ok
    trace(step)
  }
  return { notedContext: { ...context, trace: noting }, hasFailed: () => failed }
}

async function applyRule(
  image: string,
  reference: Reference,
  rule: BoundRule,
  context: ValidationContext,
): Promise<TrustedVerdict> {
  const verdict = { ...judgedBy(image, rule), trusted: true } as const
  const validation = rule.validator?.validate(reference, context)
  if (validation === undefined) {
    traceApproval(context, rule)
    return verdict
  }
  const digest = await beforeDeadline(validation, context.signal)
  const pinned = renderReference(pinReference(reference, digest))
  if (!rule.mutate) return { ...verdict, digest }
  return { ...verdict, digest, pinned: reference.digest === undefined ? pinned : image }
}

function parseImage(image: string): Reference {
  try {
    return parseReference(image)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new TrustError('UNTRUSTED_INVALID_REFERENCE', cause.message, { cause })
  }
}

function chooseRule(policy: Policy<BoundRule>, reference: Reference): BoundRule {
  const match = policy.match(reference)
  switch (match.kind) {
    case 'rule':
      return match.rule
    case 'none':
      throw new TrustError(
        'UNTRUSTED_NO_RULE',
        `no rule of the policy matches ${renderReference(reference)}`,
      )
    case 'tie': {
      const [one, other] = match.rules
      throw new TrustError(
        'MISCONFIGURED_RULE_TIE',
        `the rules ${one.pattern.written} and ${other.pattern.written} are equally specific`,
      )
    }
  }
}

/** A validator that overlooks its signal must not keep the request past its deadline. */
function beforeDeadline<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const deadline = Promise.withResolvers<never>()
  const expire = () => {
    deadline.reject(new TrustError('UNAVAILABLE_TIMEOUT', 'the deadline of the request passed'))
  }
  const expireSoon = () => void setTimeout(expire, GRACE_MS)
  if (signal.aborted) expire()
  signal.addEventListener('abort', expireSoon, { once: true })
  return Promise.race([work, deadline.promise]).finally(() => {
    signal.removeEventListener('abort', expireSoon)
  })
}

function judgedBy(image: string, rule: BoundRule | undefined) {
  return {
    image,
    ...(rule === undefined ? {} : { rule: rule.pattern.written }),
    ...(rule?.validator === undefined ? {} : { validator: rule.validator.name }),
  }
}

function toUntrusted(error: unknown): Pick<UntrustedVerdict, 'trusted' | 'code' | 'reason'> {
  if (error instanceof TrustError) {
    return { trusted: false, code: error.code, reason: error.message }
  }
  return { trusted: false, code: 'INTERNAL', reason: `unexpected failure: ${describe(error)}` }
}

/** What is thrown need not be an error, nor anything that can be shown. */
function describe(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  } catch {
    return 'something that cannot be shown'
  }
}
