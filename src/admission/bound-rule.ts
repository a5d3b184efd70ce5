import type { Pattern } from '../policy/pattern.ts'
import type { Validator } from '../validators/validator.ts'

/** A rule of the policy, bound to the validator that it names. */
export interface BoundRule {
  readonly pattern: Pattern
  /** Where the rule is written, 1-based. */
  readonly line?: number
  /** Absent for a rule with `verify: false`, which admits without verification. */
  readonly validator?: Validator
  /** False for `mode: insecureValidateOnly`: a tag is verified but not replaced by its digest. */
  readonly mutate: boolean
}
