import { assemble } from '../assemble.ts'
import type { Config } from '../config/config.ts'
import { formatProblem } from '../config/problem.ts'
import { logAdmission } from '../reporting/admission-log.ts'
import { createLog, type Log } from '../reporting/log.ts'
import { LogWriter } from '../reporting/log-writer.ts'
import type { Service } from '../server/app.ts'
import type { Condition } from '../server/readiness.ts'
import { startServer } from '../server/start.ts'
import { readServerCertificate, type ServerCertificate } from '../server/tls.ts'
import { type Command, EXIT, UsageError } from './command.ts'
import { CONFIG_FLAG, readConfig } from './config-file.ts'
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
  },
  async run({ flags }) {
    const address = parseListenAddress(flags['listen'] ?? '')
    const file = flags['config'] ?? ''
    const config = readConfig(file)
    const certificate = readCertificate(flags['tls-cert'] ?? '', flags['tls-key'] ?? '')
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
    const service = new WebhookService(config, certificate, log)
    process.on('unhandledRejection', (error) => service.reportFailure(error))
    const server = listen(() => startServer(service, address, certificate))
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
  readonly #assembly
  readonly #certificate: ServerCertificate
  readonly #log: Log
  #stopping = false

  constructor(config: Config, certificate: ServerCertificate, log: Log) {
    this.#assembly = assemble(config)
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

  conditions(): readonly Condition[] {
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
    ]
  }

  readonly reportFailure: Service['reportFailure'] = (error, uid) => {
    const known = error instanceof Error ? error : new Error(String(error))
    const { name, message, stack } = known
    this.#log('error', 'unexpected failure', { uid, error: { name, message, stack } })
  }

  /** Makes `/ready` say no, so that no new requests are sent here. */
  stop(): void {
    this.#stopping = true
  }
}

function readCertificate(certFile: string, keyFile: string): ServerCertificate {
  try {
    return readServerCertificate(certFile, keyFile)
  } catch (error) {
    if (error instanceof Error) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

function listen<Server>(start: () => Server): Server {
  try {
    return start()
  } catch (error) {
    if (error instanceof Error) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

function untilStopped(): Promise<NodeJS.Signals> {
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stopped.resolve)
  return stopped.promise
}
