import type { Owners } from '../admission/owners.ts'
import { createLasting, type Lasting, type SharedRedis, type Surroundings } from '../assemble.ts'
import type { RedisSettings } from '../clients/redis/settings.ts'
import type { Config } from '../config/config.ts'
import { formatProblem } from '../config/problem.ts'
import { createLog, type Log } from '../reporting/log.ts'
import { Metrics } from '../reporting/metrics/metrics.ts'
import type { Tracing } from '../reporting/tracing/tracing.ts'
import { TrustDataBoard } from '../reporting/trust-data.ts'
import type { Service } from '../server/app.ts'
import { findTemplateIn, listTemplateFiles } from './alerting.ts'
import { createGeneration, type Generation, type GenerationSurroundings } from './generation.ts'
import { createHostLabel } from './host-label.ts'
import { Slot } from './slot.ts'

/** Where a configuration comes from, and where what is made of it belongs. */
export interface LiveConfigurationOptions {
  /** The file that holds it, for messages and to be watched. */
  readonly file: string
  /** Reads it; throws an `Error` whose words are for the operator. */
  readonly read: () => Config
  /** The folder of the secrets that validators name. */
  readonly secretsDir: string
  /** The folder of the operator's own templates of alerts; none without it. */
  readonly alertTemplatesDir?: string
  /** The name of the Pod, for alerts. */
  readonly podName: string
  /** The folder that outlives the process; nothing does without it. */
  readonly stateDir?: string
  /** What replicas share; each is for itself without it. */
  readonly redis?: RedisSettings
  /** Tells a collector what happens; nobody without it. */
  readonly tracing?: Tracing
  /** Knows the controllers of the cluster; absent without a cluster. */
  readonly owners?: Owners | undefined
  /** The version of the program. */
  readonly version: string
  /** Takes the lines of the log. */
  readonly write: (line: string) => void
}

/** The configuration in force: read once to begin with, and again when somebody says so. */
export class LiveConfiguration {
  /** Writes as the configuration in force says. */
  readonly log: Log
  readonly reportFailure: Service['reportFailure']
  readonly metrics: Metrics
  readonly generations: Slot<Generation>
  readonly #options: LiveConfigurationOptions
  readonly #surroundings: GenerationSurroundings
  #config: Config
  readonly #lasting: Lasting
  #templates: string
  #write: Log

  /** Throws an `Error` for an operator where the configuration cannot be used. */
  constructor(options: LiveConfigurationOptions) {
    const { secretsDir, stateDir, owners, alertTemplatesDir, podName, tracing } = options
    this.#options = options
    this.#config = options.read()
    this.#templates = this.#readTemplates(this.config)
    this.#write = this.#createLog(this.config)
    this.log = (level, message, fields) => this.#write(level, message, fields)
    this.reportFailure = createFailureReport(this.log)
    const report: Surroundings['report'] = (message, fields) => this.log('warn', message, fields)
    const board = new TrustDataBoard({
      log: this.log,
      warningDays: (validator) => warningDaysOf(this.config, validator),
    })
    this.metrics = new Metrics({
      version: options.version,
      now: () => new Date(),
      typeOf: (name) => this.config.validators.find((each) => each.name === name)?.type,
    })
    this.metrics.setTrustDataExpiries(() => board.soonestExpiries())
    const observeUpstream = observeCalls(
      this.metrics,
      createHostLabel(() => this.config),
      tracing,
    )
    this.#lasting = createLasting({
      ...(stateDir !== undefined && { stateDir }),
      ...(options.redis && { redis: this.#describeRedis(options.redis) }),
      report,
      observeUpstream,
    })
    this.#surroundings = {
      secretsDir,
      owners,
      lasting: this.#lasting,
      report,
      observe: board.observe,
      observeUpstream,
      ...(tracing && { tracing }),
      observeJudgement: this.metrics.admissions.countJudgement,
      alerts: {
        ...(alertTemplatesDir !== undefined && { templatesDir: alertTemplatesDir }),
        podName,
        report,
        observe: this.metrics.countAlert,
        observeWaiting: this.metrics.changeWaitingAlerts,
      },
      observeCache: { looked: this.metrics.countCache, joined: this.metrics.countJoined },
    }
    this.generations = new Slot(this.#generate(this.config), this.reportFailure)
    this.#logWarnings()
  }

  /** Tells a collector what happens; nobody without it. */
  get tracing(): Tracing | undefined {
    return this.#options.tracing
  }

  get config(): Config {
    return this.#config
  }

  /** What it is made of: its file, and the operator's own templates of alerts that it names. */
  get files(): readonly string[] {
    const { file, alertTemplatesDir } = this.#options
    return [file, ...listTemplateFiles(this.config.alerting, alertTemplatesDir)]
  }

  /**
   * Reads it again, and has it in force for all requests that come from now on; tells whether it is
   * another one. Throws an `Error` where it cannot be used; then all is as it was.
   */
  reload(): boolean {
    const config = this.#options.read()
    const templates = this.#readTemplates(config)
    const isSame = config.fingerprint === this.#config.fingerprint && templates === this.#templates
    if (isSame) return false
    const generation = this.#generate(config)
    this.#config = config
    this.#templates = templates
    this.#write = this.#createLog(config)
    this.generations.replace(generation)
    this.#logWarnings()
    return true
  }

  /** Closes what the configuration in force and all others have opened. */
  async dispose(): Promise<void> {
    await this.generations.current.dispose()
    this.#lasting.dispose()
  }

  #describeRedis(settings: RedisSettings): SharedRedis {
    const observe: SharedRedis['observe'] = (result) => this.metrics.countCache('redis', result)
    return { settings, version: this.#options.version, observe }
  }

  /** All of their texts, to tell whether one has changed. */
  #readTemplates({ alerting }: Config): string {
    const find = findTemplateIn(this.#options.alertTemplatesDir)
    return JSON.stringify(alerting?.receivers.map(({ template }) => find(template)) ?? [])
  }

  #generate(config: Config): Generation {
    return createGeneration(config, this.#surroundings, this.reportFailure)
  }

  #createLog({ logLevel: level, logFormat: format }: Config): Log {
    return createLog({ level, format, write: this.#options.write, now: () => new Date() })
  }

  #logWarnings(): void {
    for (const warning of this.config.warnings) {
      const problem = formatProblem(this.#options.file, warning)
      this.log('warn', 'configuration warning', { problem })
    }
  }
}

/**
 * A request to a server is counted, and a span where somebody collects them. What a request is counted
 * under when it begins counts when it ends: another configuration may name the server otherwise.
 */
function observeCalls(
  metrics: Metrics,
  labelOf: (host: string) => string,
  tracing: Tracing | undefined,
): NonNullable<Surroundings['observeUpstream']> {
  return {
    began: (host, state) => metrics.beginUpstream(labelOf(host), state),
    ended(call) {
      const { host, outcome, durationMs } = call
      metrics.countUpstream({ ...call, host: labelOf(host) })
      tracing?.note({
        name: 'upstream request',
        attributes: { 'server.address': host, 'connaisseur.outcome': outcome },
        durationMs,
        failure: /^[234]xx$/.test(outcome) ? undefined : outcome,
        isCall: true,
      })
    },
  }
}

function createFailureReport(log: Log): Service['reportFailure'] {
  return (error, uid) => {
    const known = error instanceof Error ? error : new Error(String(error))
    const { name, message, stack } = known
    log('error', 'unexpected failure', { uid, error: { name, message, stack } })
  }
}

/** Each validator has its own time for warnings; one that verifies no metadata needs none. */
function warningDaysOf({ validators }: Config, validator: string): number {
  const settings = validators.find(({ name }) => name === validator)
  return settings?.type === 'notaryv1' ? settings.expiryWarningDays : 0
}
