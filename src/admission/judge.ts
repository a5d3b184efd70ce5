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
import { type Proof, prove } from './proof.ts'
import type { UntrustedVerdict, Verdict } from './verdict.ts'
import type { VerdictCache } from './verdict-cache.ts'

/** Judges one image as it is written in a workload. Never rejects: what fails is not trusted. */
export type Judge = (image: string, context: ValidationContext) => Promise<Verdict>

/** Names who judges an image: nobody where it has no rule. */
export type JudgeNames = (image: string) => Pick<Verdict, 'rule' | 'validator'>

/** Names who would judge, for images that need not be judged again. */
export function nameJudges(policy: Policy<BoundRule>): JudgeNames {
  return (image) => {
    try {
      const { image: _, ...names } = judgedBy(image, chooseRule(policy, parseImage(image)))
      return names
    } catch (error) {
      if (error instanceof TrustError) return {}
      throw error
    }
  }
}

/** Makes the judge of a policy; without a cache, each image is verified anew and for itself. */
export function createJudge(policy: Policy<BoundRule>, cache?: VerdictCache): Judge {
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
      return await applyRule(image, reference, rule, notedContext, cache)
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
  cache: VerdictCache | undefined,
): Promise<Verdict> {
  const proof = await findProof(reference, rule, context, cache)
  if (proof === undefined) {
    traceApproval(context, rule)
    return { ...judgedBy(image, rule), trusted: true }
  }
  const verdict = { ...judgedBy(image, rule), ...proof }
  if (!verdict.trusted) return verdict
  const pinned = renderReference(pinReference(reference, verdict.digest))
  if (!rule.mutate) return verdict
  return { ...verdict, pinned: reference.digest === undefined ? pinned : image }
}

/** Who asks why is told of a verification, not of a memory. */
function findProof(
  reference: Reference,
  rule: BoundRule,
  context: ValidationContext,
  cache: VerdictCache | undefined,
): Proof | Promise<Proof | undefined> | undefined {
  const { validator } = rule
  if (validator === undefined) return undefined
  const isAnew = cache === undefined || validator.isLocal || context.trace !== undefined
  return isAnew
    ? prove(validator, reference, context)
    : cache.prove(rule, validator, reference, context)
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
