import type { Pattern } from '../policy/pattern.ts'
import type { AlertingSettings } from '../reporting/alerts/settings.ts'
import type { LogFormat, LogLevel } from '../reporting/settings.ts'
import type { CosignSettings } from '../validators/cosign/settings.ts'
import type { NotaryV1Settings } from '../validators/notary-v1/settings.ts'
import type { StaticSettings } from '../validators/static/settings.ts'
import type { Problem } from './problem.ts'

/** A whole configuration: checked, every reference resolved, every default filled in. */
export interface Config {
  /** At least one; names are distinct. */
  readonly validators: readonly ValidatorSettings[]
  /** At least one; no two tie. In the order of the file. */
  readonly policy: readonly RuleSettings[]
  readonly features: Features
  /** Absent: nobody is told of decisions. */
  readonly alerting?: AlertingSettings
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  /** Hex SHA-256 of the text: tells configurations apart. */
  readonly fingerprint: string
  /** What the file asks for and this version does not do. For the caller to log, sorted. */
  readonly warnings: readonly Problem[]
}

/** The settings of one validator, whatever its type. */
export type ValidatorSettings = StaticSettings | NotaryV1Settings | CosignSettings

/** One rule of the policy. */
export interface RuleSettings {
  readonly pattern: Pattern
  /** The name of a validator; it exists unless `verify` is false. */
  readonly validator: string
  /** False admits matching images without verification. */
  readonly verify: boolean
  readonly with: RuleOptions
  /** Where the rule begins in the file, 1-based. */
  readonly line: number
}

/** What a rule asks of its validator. A static validator takes no options and heeds none. */
export interface RuleOptions {
  /** The name of a trust root of the validator, or `*` for every one. Default is `default`. */
  readonly trustRoot: string
  /** `insecureValidateOnly` verifies without pinning the digest. Default is `mutate`. */
  readonly mode: 'mutate' | 'insecureValidateOnly'
  /** Full names of the delegations that all have to sign; absent: the validator's own choice. */
  readonly delegations?: readonly string[]
  /** How many trust roots have to sign; only with `*`. Absent: all, or those that are required. */
  readonly threshold?: number
  /** Names of trust roots that all have to sign; only with `*`. */
  readonly required?: readonly string[]
  /** Whether a signature has to be in a transparency log. Default is true. */
  readonly verifyInTransparencyLog: boolean
  /** Whether a certificate has to be promised to a certificate log. Default is true. */
  readonly verifySCT: boolean
}

/** The features that this version acts on. */
export interface Features {
  /** What the label of a namespace asks for; without it the label does not matter. */
  readonly namespacedValidation?: 'ignore' | 'validate'
  /** Skips images that the controller of an object lists by digest. Default is true. */
  readonly automaticChildApproval: boolean
  /** Skips images that the old object of an UPDATE already had. Default is false. */
  readonly automaticUnchangedApproval: boolean
  /** Admits everything and only warns. Default is false. */
  readonly detectionMode: boolean
  /** `podsOnly` only warns for other kinds. Default is `all`. */
  readonly resourceValidationMode: 'all' | 'podsOnly'
  readonly cache: CacheFeature
}

/** For how long verdicts are used again. */
export interface CacheFeature {
  /** In seconds; 0 and less is never. Default is 30. */
  readonly expirySeconds: number
  /** Whether definite denials are used again too. Default is true. */
  readonly cacheErrors: boolean
  /** How much longer trusted verdicts count while their server is unavailable. Default is 0. */
  readonly staleIfUnavailableSeconds: number
}
