import { type AdmissionPolicy, admit } from './admission/admit.ts'
import type { BoundRule } from './admission/bound-rule.ts'
import { createJudge, type Judge, nameJudges } from './admission/judge.ts'
import type { Owners } from './admission/owners.ts'
import type { AdmissionRequest } from './admission/review.ts'
import type { SharedVerdicts } from './admission/shared-verdicts.ts'
import type { Admission } from './admission/verdict.ts'
import { type CacheObserver, VerdictCache } from './admission/verdict-cache.ts'
import { wireCosign } from './assemble/cosign.ts'
import { watchCaFile } from './clients/ca-file.ts'
import { NotaryClient } from './clients/notary.ts'
import { readPublicGoodSeed } from './clients/public-good-seed.ts'
import { RedisEntries } from './clients/redis/entries.ts'
import { RedisLink } from './clients/redis/link.ts'
import type { RedisSettings } from './clients/redis/settings.ts'
import { RedisTrustStore } from './clients/redis/trust-store.ts'
import { type RedisObserver, RedisVerdicts } from './clients/redis/verdicts.ts'
import type { Report } from './clients/report.ts'
import { watchServerSecret } from './clients/secret-file.ts'
import { SigstoreRoot, type SigstoreSeed } from './clients/sigstore-root.ts'
import { SigstoreRootFiles } from './clients/sigstore-root-files.ts'
import { FileTrustStore } from './clients/trust-store.ts'
import type { UpstreamObserver } from './clients/upstream-call.ts'
import type { Config, RuleOptions, RuleSettings, ValidatorSettings } from './config/config.ts'
import { compilePolicy } from './policy/match.ts'
import { type JudgementObserver, timeJudge } from './reporting/metrics/timed-judge.ts'
import { traceJudge, traceRule } from './reporting/tracing/judgement.ts'
import type { Tracing } from './reporting/tracing/tracing.ts'
import { TrustMemory } from './validators/notary-v1/memory.ts'
import type { TrustObserver } from './validators/notary-v1/observer.ts'
import type { NotaryV1Settings } from './validators/notary-v1/settings.ts'
import { createNotaryV1Validator, type NotaryV1Rule } from './validators/notary-v1/validator.ts'
import { createStaticValidator } from './validators/static/validator.ts'
import type { ValidationContext, Validator } from './validators/validator.ts'

/** What a configuration does not say: where the program runs and who hears of it. */
export interface Surroundings {
  /** The folder of the secrets that validators name. */
  readonly secretsDir: string
  /** What is known from before, and is known again to the next configuration. */
  readonly lasting: Lasting
  /** Knows the controllers of the cluster; without a cluster no child is approved. */
  readonly owners?: Owners | undefined
  /** Hears what an operator has to know. */
  readonly report: Report
  /** Hears how fresh trust data is. */
  readonly observe?: TrustObserver
  /** Hears of every request to a server. */
  readonly observeUpstream?: UpstreamObserver
  /** Hears how each image was judged, and how long that took. */
  readonly observeJudgement?: JudgementObserver
  /** Hears what the cache of verdicts does. */
  readonly observeCache?: CacheObserver
  /** Tells a collector what happens. */
  readonly tracing?: Tracing
}

/** What outlives configurations: a reload must not make anything forgotten. */
export interface Lasting {
  /** The versions of trust data that were seen: without them a reload would allow a rollback. */
  readonly trustMemory: TrustMemory
  /** The trusted root of the public Sigstore. */
  readonly sigstoreRoot: SigstoreRoot
  /** The verdicts of other replicas. */
  readonly sharedVerdicts?: SharedVerdicts
  /** Closes what is open. */
  dispose(): void
}

/** Where what lasts is kept, and who hears what is wrong with that. */
export interface LastingOptions {
  /** The folder that outlives the process; nothing does without it. */
  readonly stateDir?: string
  /** What replicas share; each is for itself without it. */
  readonly redis?: SharedRedis
  readonly report: Report
  /** Hears of every request to the Sigstore's mirror. */
  readonly observeUpstream?: UpstreamObserver
  /** The Sigstore that counts where a validator says nothing else; the public one by default. */
  readonly sigstore?: () => Promise<SigstoreSeed>
}

/** The Redis of all replicas. */
export interface SharedRedis {
  readonly settings: RedisSettings
  /** The version of the program: another one may judge otherwise. */
  readonly version: string
  /** Hears of every look for a verdict. */
  readonly observe?: RedisObserver
}

/** Makes what all configurations of a process share. */
export function createLasting({ stateDir, redis, report, ...options }: LastingOptions): Lasting {
  const sigstoreRoot = new SigstoreRoot({
    seed: options.sigstore ?? readPublicGoodSeed,
    ...(stateDir !== undefined && { files: new SigstoreRootFiles(stateDir) }),
    report,
    observe: options.observeUpstream,
  })
  const files = stateDir === undefined ? [] : [new FileTrustStore(stateDir, report)]
  if (redis === undefined) {
    const trustMemory = new TrustMemory({ stores: files, report })
    return { trustMemory, sigstoreRoot, dispose: () => {} }
  }
  const { settings, version, observe } = redis
  const link = new RedisLink(settings, report)
  const entries = new RedisEntries({ link, key: settings.entryKey, report })
  const stores = [...files, new RedisTrustStore(entries, report)]
  return {
    trustMemory: new TrustMemory({ stores, report }),
    sigstoreRoot,
    sharedVerdicts: new RedisVerdicts(entries, version, observe),
    dispose: () => link.close(),
  }
}

/** The live objects of one configuration. */
export interface Assembly {
  readonly judge: Judge
  admit(request: AdmissionRequest, context: ValidationContext): Promise<Admission>
  /** The servers without which the program is not ready; `check` rejects with a `TrustError`. */
  readonly requiredServers: readonly RequiredServer[]
  /** Closes what the configuration opened; only when its last request is answered. */
  dispose(): Promise<void>
}

/** A server whose health counts. */
export interface RequiredServer {
  /** The name of its validator. */
  readonly validator: string
  check(signal: AbortSignal): Promise<void>
}

/**
 * Wires a configuration: clients into validators, validators into rules, rules into the judge. Throws
 * an `Error` for an operator where a file that the configuration names cannot be used.
 */
export function assemble(config: Config, surroundings: Surroundings): Assembly {
  const live = config.validators.map((each) => createLive(each, config, surroundings))
  const factories = new Map(live.map(({ name, create }) => [name, create]))
  const { observeCache, observeJudgement, lasting, tracing } = surroundings
  const rules = config.policy.map((rule) => traceRule(bindRule(rule, factories), tracing))
  const cache = new VerdictCache({
    settings: config.features.cache,
    configuration: config.fingerprint,
    ...(lasting.sharedVerdicts && { shared: lasting.sharedVerdicts }),
    ...(observeCache && { observer: observeCache }),
  })
  const matcher = compilePolicy(rules)
  const timed = timeJudge(createJudge(matcher, cache), observeJudgement)
  const judge = traceJudge(timed, tracing)
  const policy: AdmissionPolicy = {
    judge,
    namesOf: nameJudges(matcher),
    owners: surroundings.owners,
    ...config.features,
  }
  return {
    judge,
    admit: (request, context) => admit(request, policy, context),
    requiredServers: live.flatMap(({ name, check }) => (check ? [{ validator: name, check }] : [])),
    dispose: async () => {},
  }
}

/** Makes the validator of a rule; the connections of a validator are shared by all its rules. */
type ValidatorFactory = (rule: RuleSettings) => Validator

/** A validator of the configuration. */
interface Live {
  readonly name: string
  readonly create: ValidatorFactory
  /** Set where the program is ready only if this resolves. */
  readonly check?: RequiredServer['check']
}

function createLive(
  settings: ValidatorSettings,
  { features }: Config,
  surroundings: Surroundings,
): Live {
  const { name } = settings
  switch (settings.type) {
    case 'static':
      return { name, create: () => createStaticValidator(name, settings.approve) }
    case 'cosign': {
      const freshMs = features.cache.expirySeconds * 1000
      const { sigstoreRoot } = surroundings.lasting
      const create = wireCosign(settings, { ...surroundings, sigstoreRoot, freshMs })
      return { name, create: ({ with: options }) => create(options) }
    }
    case 'notaryv1': {
      const client = connectNotary(settings, surroundings)
      const { lasting, observe } = surroundings
      const memory = lasting.trustMemory
      const server = { host: settings.host, source: client, memory, ...(observe && { observe }) }
      return {
        name,
        create: ({ with: options }) =>
          createNotaryV1Validator(toNotaryV1Rule(settings, options), server),
        ...(settings.required && { check: (signal: AbortSignal) => client.checkHealth(signal) }),
      }
    }
  }
}

/** What of a validator's settings is about its server. */
export type NotaryV1Server = Pick<NotaryV1Settings, 'host' | 'cert' | 'certFile' | 'auth'>

/** Makes the client of a validator's server. Throws an `Error` if its CA or secret is not usable. */
export function connectNotary(
  { host, cert, certFile, auth }: NotaryV1Server,
  {
    secretsDir,
    report,
    observeUpstream: observe,
  }: Pick<Surroundings, 'secretsDir' | 'report' | 'observeUpstream'>,
): NotaryClient {
  const ca = certFile === undefined ? () => cert : watchCaFile(certFile, report).read
  if (auth === undefined) return new NotaryClient({ host, ca, observe })
  const credentials =
    auth.kind === 'inline'
      ? () => auth
      : watchServerSecret({ secretsDir, secretName: auth.secretName, report }, host)
  return new NotaryClient({ host, ca, credentials, observe })
}

function toNotaryV1Rule(
  { name, trustRoots }: NotaryV1Settings,
  { trustRoot, delegations }: RuleOptions,
): NotaryV1Rule {
  const roots = trustRoots.filter((root) => trustRoot === '*' || root.name === trustRoot)
  return { name, pins: roots.map(({ key }) => key), ...(delegations && { delegations }) }
}

function bindRule(rule: RuleSettings, factories: ReadonlyMap<string, ValidatorFactory>): BoundRule {
  const { pattern, line } = rule
  const mutate = rule.with.mode === 'mutate'
  if (!rule.verify) return { pattern, line, mutate }
  const factory = factories.get(rule.validator)
  if (factory === undefined) {
    throw new Error(`rule ${pattern.written} names the unknown validator ${rule.validator}`)
  }
  return { pattern, line, mutate, validator: factory(rule) }
}
