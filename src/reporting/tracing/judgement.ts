import type { BoundRule } from '../../admission/bound-rule.ts'
import type { Judge } from '../../admission/judge.ts'
import type { Attributes, Tracing } from './tracing.ts'

/** Has each image be a span; without tracing it is the judge itself. */
export function traceJudge(judge: Judge, tracing: Tracing | undefined): Judge {
  if (tracing === undefined) return judge
  return (image, context) =>
    tracing.within({ name: 'image', attributes: { 'connaisseur.image': image } }, async (span) => {
      const verdict = await judge(image, context)
      span.set({
        ...(verdict.rule !== undefined && { 'connaisseur.rule': verdict.rule }),
        ...(verdict.validator !== undefined && { 'connaisseur.validator': verdict.validator }),
        'connaisseur.trusted': verdict.trusted,
      })
      if (!verdict.trusted) span.fail(`${verdict.code}: ${verdict.reason}`)
      else if (verdict.digest !== undefined) span.set({ 'connaisseur.digest': verdict.digest })
      return verdict
    })
}

type BoundValidator = NonNullable<BoundRule['validator']>

/**
 * Has each verification be a span, and each of its steps one within. What is answered from memory is
 * no verification.
 */
export function traceRule(rule: BoundRule, tracing: Tracing | undefined): BoundRule {
  const { validator } = rule
  if (tracing === undefined || validator === undefined || validator.isLocal) return rule
  return { ...rule, validator: traceValidator(validator, tracing) }
}

function traceValidator(validator: BoundValidator, tracing: Tracing): BoundValidator {
  const { name, type, basis } = validator
  const attributes = { 'connaisseur.validator': name, 'connaisseur.validator.type': type }
  return {
    name,
    type,
    ...(basis && { basis: () => basis.call(validator) }),
    lastFailure: (image) => validator.lastFailure?.(image),
    validate(image, context) {
      const validate: typeof validator.validate = (traced, tracedContext) =>
        validator.validate(traced, { ...tracedContext, trace: noteSteps(tracedContext, tracing) })
      return tracing.within({ name: `validation ${type}`, attributes }, async (span) => {
        try {
          return await orRefuse(validate(image, context), name)
        } catch (error) {
          span.fail(error instanceof Error ? error.message : 'unexpected failure')
          throw error
        }
      })
    },
  }
}

type ValidationContext = Parameters<BoundValidator['validate']>[1]
type Hear = NonNullable<ValidationContext['trace']>

/** A step is told of when it is over: it began when the one before was. */
function noteSteps({ trace }: ValidationContext, tracing: Tracing): Hear {
  let before = performance.now()
  return (step) => {
    const now = performance.now()
    tracing.note({
      name: `step ${step.step}`,
      attributes: toAttributes(step.facts),
      durationMs: now - before,
      failure: step.ok ? undefined : 'the step failed',
    })
    before = now
    trace?.(step)
  }
}

/** What is a list of records is left out: a span is no report. */
function toAttributes(facts: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Record<string, string | number | boolean> = {}
  for (const [name, fact] of Object.entries(facts)) {
    if (typeof fact === 'string' || typeof fact === 'number' || typeof fact === 'boolean') {
      attributes[`connaisseur.step.${name}`] = fact
    }
  }
  return attributes
}

/** Only validators that need no server approve without an answer, and those are not traced. */
async function orRefuse<Result>(
  answer: Promise<Result> | undefined,
  name: string,
): Promise<Result> {
  if (answer === undefined) throw new Error(`the validator ${name} gives no answer`)
  return answer
}
