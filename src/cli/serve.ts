import { type Assembly, assemble } from '../assemble.ts'
import { prepareStateDir } from '../clients/trust-store.ts'
import type { Config } from '../config/config.ts'
import { formatProblem } from '../config/problem.ts'
import { logAdmission } from '../reporting/admission-log.ts'
import { createLog, type Log } from '../reporting/log.ts'
import { LogWriter } from '../reporting/log-writer.ts'
import { TrustDataBoard } from '../reporting/trust-data.ts'
import type { Service } from '../server/app.ts'
import { createHealthCheck } from '../server/health-check.ts'
import type { Condition } from '../server/readiness.ts'
import { startServer } from '../server/start.ts'
import { readServerCertificate, type ServerCertificate } from '../server/tls.ts'
import { TrustError } from '../trust/errors.ts'
import { type Command, EXIT } from './command.ts'
import { CONFIG_FLAG, orMisused, readConfig, SECRETS_DIR_FLAG } from './config-file.ts'
import { parseListenAddress } from './listen-address.ts'
import { VERSION } from './version.ts'

/** How long the end of the program waits for a reader of its log that does not read. */
const FLUSH_TIMEOUT_MS = 1000

/** `connaisseur serve` */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serve the admission webhook over HTTPS.',
  flags: {
    config: CONFIG_FLAG,
    listen: { value: 'HOST:PORT', help: 'where to listen', default: '0.0.0.0:5000' },
    'tls-cert': { value: 'FILE', help: 'the certificate, PEM', default: '/app/certs/tls.crt' },
    'tls-key': { value: 'FILE', help: 'its private key, PEM', default: '/app/certs/tls.key' },
    'secrets-dir': SECRETS_DIR_FLAG,
    'state-dir': {
      value: 'DIR',
      help: 'where trust data is remembered across restarts; in memory only without it',
    },
  },
  async run({ flags }) {
    const address = parseListenAddress(flags['listen'] ?? '')
    const file = flags['config'] ?? ''
    const config = readConfig(file)
    const certificate = orMisused(() =>
      readServerCertificate(flags['tls-cert'] ?? '', flags['tls-key'] ?? ''),
    )
    const stateDir = flags['state-dir']
    if (stateDir !== undefined) orMisused(() => prepareStateDir(stateDir))
    const writer = new LogWriter((text) => Bun.write(Bun.stdout, text))
    const log = createLog({
      level: config.logLevel,
      format: config.logFormat,
      write: writer.append,
      now: () => new Date(),
    })
    for (const warning of config.warnings) {
      log('warn', 'configuration warning', { problem: formatProblem(file, warning) })
    }
    const assembly = orMisused(() =>
      assemble(config, {
        secretsDir: flags['secrets-dir'] ?? '',
        ...(stateDir === undefined ? {} : { stateDir }),
        report: (message, fields) => log('warn', message, fields),
        observe: createBoard(config, log).observe,
      }),
    )
    const service = new WebhookService(assembly, certificate, log)
    process.on('unhandledRejection', (error) => service.reportFailure(error))
    const server = orMisused(() => startServer(service, address, certificate))
    log('info', 'listening', { version: VERSION, address: server.address })
    log('info', 'stopping', { signal: await untilStopped() })
    service.stop()
    await server.stop()
    log('info', 'stopped')
    await writer.flush(FLUSH_TIMEOUT_MS)
    return EXIT.trusted
  },
}

class WebhookService implements Service {
  readonly #assembly: Assembly
  readonly #serverConditions: readonly (() => Promise<Condition>)[]
  readonly #certificate: ServerCertificate
  readonly #log: Log
  #stopping = false

  constructor(assembly: Assembly, certificate: ServerCertificate, log: Log) {
    this.#assembly = assembly
    this.#serverConditions = assembly.requiredServers.map(({ validator, check }) =>
      createHealthCheck({ name: `validator ${validator}`, check, explain: this.#explain }),
    )
    this.#certificate = certificate
    this.#log = log
  }

  readonly admit: Service['admit'] = async (request, deadline) => {
    const start = performance.now()
    const admission = await this.#assembly.admit(request, {
      now: new Date(),
      get signal() {
        return deadline.signal
      },
    })
    logAdmission(this.#log, admission, performance.now() - start)
    return admission
  }

  async conditions(): Promise<readonly Condition[]> {
    const servers = await Promise.all(this.#serverConditions.map((ask) => ask()))
    const { notAfter } = this.#certificate
    const certificate = new Date() < notAfter
    return [
      { name: 'configuration', ok: true },
      {
        name: 'certificate',
        ok: certificate,
        ...(certificate ? {} : { reason: `it expired at ${notAfter.toISOString()}` }),
      },
      {
        name: 'running',
        ok: !this.#stopping,
        ...(this.#stopping ? { reason: 'it is shutting down' } : {}),
      },
      ...servers,
    ]
  }

  readonly reportFailure: Service['reportFailure'] = (error, uid) => {
    const known = error instanceof Error ? error : new Error(String(error))
    const { name, message, stack } = known
    this.#log('error', 'unexpected failure', { uid, error: { name, message, stack } })
  }

  /** Only the words of a `TrustError` are made to be shown. */
  readonly #explain = (error: unknown): string => {
    if (error instanceof TrustError) return error.message
    this.reportFailure(error)
    return 'unexpected failure, see the log'
  }

  /** Makes `/ready` say no, so that no new requests are sent here. */
  stop(): void {
    this.#stopping = true
  }
}

/** Each validator has its own time for warnings; one that verifies no metadata needs none. */
function createBoard({ validators }: Config, log: Log): TrustDataBoard {
  const days = new Map(
    validators.map((each) => [each.name, each.type === 'notaryv1' ? each.expiryWarningDays : 0]),
  )
  return new TrustDataBoard({ log, warningDays: (validator) => days.get(validator) ?? 0 })
}

function untilStopped(): Promise<NodeJS.Signals> {
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stopped.resolve)
  return stopped.promise
}
