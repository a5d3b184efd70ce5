import { type Reference, renderReference, repositoryName } from '../image/reference.ts'
import { explainRanking } from '../policy/explain.ts'
import type { Policy } from '../policy/match.ts'
import type { ValidationContext } from '../validators/validator.ts'
import type { BoundRule } from './bound-rule.ts'
import type { UntrustedVerdict } from './verdict.ts'

/** How many of the rules that match are listed. */
const MAX_RULES = 20

/** Tells what an image name means. */
export function traceReference(
  { trace }: ValidationContext,
  image: string,
  reference: Reference,
): void {
  trace?.({
    step: 'reference',
    ok: true,
    facts: {
      written: image,
      normalised: renderReference(reference),
      repository: repositoryName(reference),
    },
  })
}

/** Tells which rule decides, and why none of the others that match. */
export function traceRule(
  { trace }: ValidationContext,
  policy: Policy<BoundRule>,
  reference: Reference,
  rule: BoundRule,
): void {
  if (trace === undefined) return
  const beaten = explainRanking(policy.matching(reference), reference)
  const shown = beaten.slice(0, MAX_RULES)
  trace({
    step: 'rule',
    ok: true,
    facts: {
      pattern: rule.pattern.written,
      ...(rule.line !== undefined && { line: rule.line }),
      validator: rule.validator?.name ?? 'none, by verify: false',
      why:
        beaten.length === 0
          ? 'it is the only rule that matches'
          : `it is the most specific of ${beaten.length + 1} rules that match`,
      ...(shown.length > 0 && { beaten: shown.map((each) => ({ ...each })) }),
      ...(beaten.length > shown.length && { more: beaten.length - shown.length }),
    },
  })
}

/** Tells that nothing was verified. */
export function traceApproval({ trace }: ValidationContext, { validator }: BoundRule): void {
  const by = validator === undefined ? 'verify: false' : `the static validator ${validator.name}`
  trace?.({ step: 'approval', ok: true, facts: { by, verified: false } })
}

/** Tells what failed where no step has told it. */
export function traceFailure(
  { trace }: ValidationContext,
  step: string,
  { code, reason }: Pick<UntrustedVerdict, 'code' | 'reason'>,
): void {
  trace?.({ step, ok: false, facts: { code, reason } })
}
