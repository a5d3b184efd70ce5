import { Type } from '@sinclair/typebox'
import { AlertingSection } from '../reporting/alerts/settings.ts'
import { LogFormat, LogLevel } from '../reporting/settings.ts'
import { CosignOptions, CosignSection } from '../validators/cosign/settings.ts'
import { NotaryV1Options, NotaryV1Section } from '../validators/notary-v1/settings.ts'
import { StaticOptions, StaticSection } from '../validators/static/settings.ts'

const strict = { additionalProperties: false }

/** The shape of a section of `validators`, told apart by `type`. */
const ValidatorSection = Type.Union([StaticSection, NotaryV1Section, CosignSection])

/** The shape of `with:` for each type of validator. */
export const OPTIONS = {
  static: StaticOptions,
  notaryv1: NotaryV1Options,
  cosign: CosignOptions,
}

const RuleSection = Type.Object(
  {
    pattern: Type.String({
      minLength: 1,
      description: 'the images that the rule is for, such as "registry.example.com/team/*:*"',
    }),
    validator: Type.Optional(Type.String({ minLength: 1, description: 'the name of a validator' })),
    verify: Type.Optional(
      Type.Boolean({ description: 'false to admit images without verification' }),
    ),
    // Its keys depend on the type of the rule's validator: see OPTIONS.
    with: Type.Optional(Type.Object({}, { description: 'options of the validator' })),
  },
  { ...strict, title: 'a rule' },
)

/** A day: a signature that was withdrawn counts no longer than that by a slip of the finger. */
const MAX_EXPIRY_SECONDS = 24 * 60 * 60
/** A week, for the same reason. */
const MAX_STALE_SECONDS = 7 * MAX_EXPIRY_SECONDS

const FeaturesSection = Type.Object(
  {
    automaticChildApproval: Type.Optional(Type.Boolean()),
    automaticUnchangedApproval: Type.Optional(Type.Boolean()),
    detectionMode: Type.Optional(Type.Boolean()),
    namespacedValidation: Type.Optional(
      Type.Object(
        {
          mode: Type.Union([Type.Literal('ignore'), Type.Literal('validate')], {
            description: 'ignore or validate, what the label of a namespace asks for',
          }),
        },
        strict,
      ),
    ),
    resourceValidationMode: Type.Optional(
      Type.Union([Type.Literal('all'), Type.Literal('podsOnly')]),
    ),
    cache: Type.Optional(
      Type.Object(
        {
          expirySeconds: Type.Optional(
            Type.Integer({
              maximum: MAX_EXPIRY_SECONDS,
              description: 'for how many seconds a verdict counts; 0 or less for none',
            }),
          ),
          cacheErrors: Type.Optional(Type.Boolean()),
          staleIfUnavailableSeconds: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: MAX_STALE_SECONDS,
              description: 'how many seconds longer a trusted verdict counts during an outage',
            }),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
)

/**
 * The shape of a configuration. What no shape can say (references, keys, patterns) is checked by
 * validators.ts and rules.ts.
 */
export const ConfigFile = Type.Object(
  {
    validators: Type.Array(ValidatorSection, {
      minItems: 1,
      description: 'a list of validators, each with name and type',
    }),
    policy: Type.Array(RuleSection, {
      minItems: 1,
      description: 'a list of rules, each with a pattern',
    }),
    features: Type.Optional(FeaturesSection),
    logLevel: Type.Optional(LogLevel),
    logFormat: Type.Optional(LogFormat),
    alerting: Type.Optional(AlertingSection),
  },
  strict,
)
