import { createLasting, type Surroundings } from '../assemble.ts'
import type { Config } from '../config/config.ts'
import { formatProblem } from '../config/problem.ts'
import { createLog, type Log } from '../reporting/log.ts'
import { Metrics } from '../reporting/metrics/metrics.ts'
import { TrustDataBoard } from '../reporting/trust-data.ts'
import type { Service } from '../server/app.ts'
import { startMetricsServer } from '../server/metrics-server.ts'
import { type ListenAddress, startServer } from '../server/start.ts'
import type { ServerCertificate } from '../server/tls.ts'
import { askCertificate, askRunning } from './conditions.ts'
import { createGeneration } from './generation.ts'
import type { RuntimeListener } from './listener.ts'
import { Slot } from './slot.ts'
import { type AskCondition, createWebhookService } from './webhook-service.ts'

/** What a runtime begins with. */
export interface RuntimeOptions {
  readonly config: Config
  /** What messages call the configuration. */
  readonly configFile: string
  /** The version of the program. */
  readonly version: string
  readonly certificate: ServerCertificate
  readonly address: ListenAddress
  /** Where metrics are to be had without TLS; nowhere without it. */
  readonly metricsAddress?: ListenAddress
  /** The folder of the secrets that validators name. */
  readonly secretsDir: string
  /** The folder that outlives the process; nothing does without it. */
  readonly stateDir?: string
  /** Takes the lines of the log. */
  readonly write: (line: string) => void
}

/** The program while it serves: what lasts, what is swapped, and who wants to know of it. */
export interface Runtime {
  /** `HOST:PORT` as bound. */
  readonly address: string
  readonly log: Log
  readonly metrics: Metrics
  /** Has somebody hear what happens from now on. */
  listen(listener: RuntimeListener): void
  /** Makes readiness depend on one thing more. */
  addCondition(ask: AskCondition): void
  /** Has something closed at the end, after the last request is answered; last in, first out. */
  onDispose(dispose: () => void | Promise<void>): void
  /** Hears of a failure that should not have happened. */
  readonly reportFailure: Service['reportFailure']
  /** Makes `/ready` say no, so that no new requests are sent here. */
  beginStop(): void
  /** Answers what is in flight, then closes everything. */
  stop(): Promise<void>
}

/** Starts to serve; throws an `Error` for an operator where it cannot. */
export function startRuntime(options: RuntimeOptions): Runtime {
  const { config, certificate, secretsDir, stateDir } = options
  const log: Log = createLog({
    level: config.logLevel,
    format: config.logFormat,
    write: options.write,
    now: () => new Date(),
  })
  const onFailure = reportFailures(log)
  logWarnings(log, options)
  const report = (message: string, fields: object) => log('warn', message, { ...fields })
  const lasting = createLasting({ ...(stateDir !== undefined && { stateDir }), report })
  const board = new TrustDataBoard({
    log,
    warningDays: (validator) => warningDaysOf(generations.current.config, validator),
  })
  const metrics = new Metrics({
    version: options.version,
    now: () => new Date(),
    typeOf: (name) =>
      generations.current.config.validators.find((each) => each.name === name)?.type,
  })
  metrics.setTrustDataExpiries(() => board.soonestExpiries())
  metrics.setCertificateExpiry(() => certificate.notAfter)
  const surroundings: Surroundings = {
    secretsDir,
    lasting,
    report,
    observe: board.observe,
    observeUpstream: metrics.countUpstream,
    observeJudgement: metrics.admissions.countJudgement,
    observeCache: { looked: metrics.countCache, joined: metrics.countJoined },
  }
  const generations = new Slot(createGeneration(config, surroundings, onFailure), onFailure)

  let isStopping = false
  const conditions: AskCondition[] = [
    () => ({ name: 'configuration', ok: true }),
    () => askCertificate(certificate, new Date()),
    () => askRunning(isStopping),
  ]
  const listeners: RuntimeListener[] = [
    { admission: metrics.admissions.countAdmission, reload: metrics.countReload },
  ]
  const service = createWebhookService({
    generations,
    conditions,
    listeners,
    metrics,
    log,
    onFailure,
  })
  const server = startServer(service, options.address, certificate)
  const disposals: (() => void | Promise<void>)[] = [() => generations.current.dispose()]
  if (options.metricsAddress !== undefined) {
    const plain = startMetricsServer(service.metrics, options.metricsAddress)
    log('info', 'listening for metrics', { address: plain.address })
    disposals.push(() => plain.stop())
  }
  return {
    address: server.address,
    log,
    metrics,
    listen: (listener) => void listeners.push(listener),
    addCondition: (ask) => void conditions.push(ask),
    onDispose: (dispose) => void disposals.push(dispose),
    reportFailure: onFailure,
    beginStop() {
      isStopping = true
    },
    async stop() {
      isStopping = true
      await server.stop()
      for (const dispose of disposals.toReversed()) await tryDispose(dispose, onFailure)
    },
  }
}

function reportFailures(log: Log): Service['reportFailure'] {
  return (error, uid) => {
    const known = error instanceof Error ? error : new Error(String(error))
    const { name, message, stack } = known
    log('error', 'unexpected failure', { uid, error: { name, message, stack } })
  }
}

function logWarnings(log: Log, { config, configFile }: RuntimeOptions): void {
  for (const warning of config.warnings) {
    log('warn', 'configuration warning', { problem: formatProblem(configFile, warning) })
  }
}

/** Each validator has its own time for warnings; one that verifies no metadata needs none. */
function warningDaysOf({ validators }: Config, validator: string): number {
  const settings = validators.find(({ name }) => name === validator)
  return settings?.type === 'notaryv1' ? settings.expiryWarningDays : 0
}

async function tryDispose(
  dispose: () => void | Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  try {
    await dispose()
  } catch (error) {
    onFailure(error)
  }
}
