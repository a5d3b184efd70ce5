import { type AdmissionPolicy, admit } from './admission/admit.ts'
import { type BoundRule, createJudge, type Judge } from './admission/judge.ts'
import type { AdmissionRequest } from './admission/review.ts'
import type { Admission } from './admission/verdict.ts'
import { NotaryClient } from './clients/notary.ts'
import type { Config, RuleSettings, ValidatorSettings } from './config/config.ts'
import { compilePolicy } from './policy/match.ts'
import { TrustMemory } from './validators/notary-v1/memory.ts'
import { createNotaryV1Validator } from './validators/notary-v1/validator.ts'
import { createStaticValidator } from './validators/static/validator.ts'
import type { ValidationContext, Validator } from './validators/validator.ts'

/** The live objects of one configuration. */
export interface Assembly {
  readonly judge: Judge
  admit(request: AdmissionRequest, context: ValidationContext): Promise<Admission>
}

/** Wires a configuration: clients into validators, validators into rules, rules into the judge. */
export function assemble(config: Config): Assembly {
  const memory = new TrustMemory()
  const factories = new Map(
    config.validators.map((each) => [each.name, createFactory(each, memory)]),
  )
  const rules = config.policy.map((rule) => bindRule(rule, factories))
  const judge = createJudge(compilePolicy(rules))
  const policy: AdmissionPolicy = { judge, ...config.features }
  return { judge, admit: (request, context) => admit(request, policy, context) }
}

/** Makes the validator of a rule; the connections of a validator are shared by all its rules. */
type ValidatorFactory = (rule: RuleSettings) => Validator

function createFactory(settings: ValidatorSettings, memory: TrustMemory): ValidatorFactory {
  switch (settings.type) {
    case 'static':
      return () => createStaticValidator(settings.name, settings.approve)
    case 'notaryv1': {
      const source = new NotaryClient(settings)
      const server = { host: settings.host, source, memory }
      return ({ with: { trustRoot } }) => {
        const roots = settings.trustRoots.filter(
          ({ name }) => trustRoot === '*' || name === trustRoot,
        )
        const pins = roots.map(({ key }) => key)
        return createNotaryV1Validator({ name: settings.name, pins }, server)
      }
    }
  }
}

function bindRule(rule: RuleSettings, factories: ReadonlyMap<string, ValidatorFactory>): BoundRule {
  const { pattern } = rule
  const mutate = rule.with.mode === 'mutate'
  if (!rule.verify) return { pattern, mutate }
  const factory = factories.get(rule.validator)
  if (factory === undefined) {
    throw new Error(`rule ${pattern.written} names the unknown validator ${rule.validator}`)
  }
  return { pattern, mutate, validator: factory(rule) }
}
