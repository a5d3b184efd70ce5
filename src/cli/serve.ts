import { hostname } from 'node:os'
import { readRedisSettings } from '../clients/redis/settings.ts'
import { prepareStateDir } from '../clients/trust-store.ts'
import type { Log, LogFields } from '../reporting/log.ts'
import { LogWriter } from '../reporting/log-writer.ts'
import { openTracing } from '../reporting/tracing/open-tracing.ts'
import { watchGivenCertificate } from '../runtime/given-certificate.ts'
import { LiveConfiguration, type LiveConfigurationOptions } from '../runtime/live-configuration.ts'
import { Runtime } from '../runtime/runtime.ts'
import { readServerCertificate } from '../server/tls.ts'
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from './command.ts'
import {
  ALERT_TEMPLATES_FLAG,
  CONFIG_FLAG,
  orMisused,
  readConfig,
  SECRETS_DIR_FLAG,
} from './config-file.ts'
import { parseListenAddress } from './listen-address.ts'
import { writeTerminationLog } from './termination-log.ts'
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
    'metrics-listen': {
      value: 'HOST:PORT',
      help: 'where to answer /metrics without TLS too; nowhere without it',
    },
    'secrets-dir': SECRETS_DIR_FLAG,
    'alert-templates': ALERT_TEMPLATES_FLAG,
    'state-dir': {
      value: 'DIR',
      help: 'where trust data is remembered across restarts; in memory only without it',
    },
    'shutdown-grace': {
      value: 'SECONDS',
      help: 'how long to go on answering after SIGTERM, until nobody asks any more',
      default: '0',
    },
    'termination-log': {
      value: 'FILE',
      help: 'where to say why the start failed; /dev/termination-log where that is there',
    },
  },
  async run({ flags }) {
    const writer = new LogWriter((text) => Bun.write(Bun.stdout, text))
    try {
      return await serve(flags, writer.append)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      writeTerminationLog(flags['termination-log'], reason)
      throw error
    } finally {
      await writer.flush(FLUSH_TIMEOUT_MS)
    }
  },
}

async function serve(flags: Arguments['flags'], write: (line: string) => void): Promise<ExitCode> {
  const graceMs = parseGrace(flags['shutdown-grace'] ?? '')
  const podName = process.env['POD_NAME'] || hostname()
  let log: Log = () => {}
  const report = (message: string, fields: LogFields) => log('warn', message, fields)
  const tracing = await orMisused(() =>
    openTracing(process.env, { version: VERSION, podName, report }),
  )
  const runtime = start(flags, { write, podName, ...(tracing && { tracing }) })
  log = runtime.log
  process.on('unhandledRejection', runtime.reportFailure)
  log('info', 'listening', { version: VERSION, address: runtime.address })
  log('info', 'stopping', { signal: await untilStopped() })
  if (tracing !== undefined) runtime.onDispose(() => tracing.close())
  runtime.beginStop()
  await Bun.sleep(graceMs)
  await runtime.stop()
  log('info', 'stopped')
  return EXIT.trusted
}

type Given = Pick<LiveConfigurationOptions, 'write' | 'podName' | 'tracing'>

function start(flags: Arguments['flags'], given: Given): Runtime {
  const address = parseListenAddress(flags['listen'] ?? '')
  const file = flags['config'] ?? ''
  const [certFile, keyFile] = [flags['tls-cert'] ?? '', flags['tls-key'] ?? '']
  const stateDir = flags['state-dir']
  const alertTemplatesDir = flags['alert-templates']
  const metricsListen = flags['metrics-listen']
  return orMisused(() => {
    const redis = readRedisSettings(process.env)
    if (stateDir !== undefined) prepareStateDir(stateDir)
    const configuration = new LiveConfiguration({
      file,
      read: () => readConfig(file),
      secretsDir: flags['secrets-dir'] ?? '',
      ...(stateDir !== undefined && { stateDir }),
      ...(redis && { redis }),
      ...(alertTemplatesDir !== undefined && { alertTemplatesDir }),
      version: VERSION,
      ...given,
    })
    const certificate = readServerCertificate(certFile, keyFile)
    const runtime = new Runtime({
      configuration,
      configFiles: [file],
      certificate,
      address,
      ...(metricsListen !== undefined && {
        metricsAddress: parseListenAddress(metricsListen, 'metrics-listen'),
      }),
    })
    watchGivenCertificate(runtime, { certFile, keyFile })
    return runtime
  })
}

/** In milliseconds. */
function parseGrace(text: string): number {
  const seconds = /^\d{1,3}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= 0) return seconds * 1000
  throw new UsageError(`--shutdown-grace needs a number of seconds such as 5, not ${text}`)
}

function untilStopped(): Promise<NodeJS.Signals> {
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stopped.resolve)
  return stopped.promise
}
