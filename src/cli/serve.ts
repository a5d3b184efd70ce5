import { prepareStateDir } from '../clients/trust-store.ts'
import { LogWriter } from '../reporting/log-writer.ts'
import { type Runtime, startRuntime } from '../runtime/runtime.ts'
import { readServerCertificate } from '../server/tls.ts'
import { type Arguments, type Command, EXIT } from './command.ts'
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
    'metrics-listen': {
      value: 'HOST:PORT',
      help: 'where to answer /metrics without TLS too; nowhere without it',
    },
    'secrets-dir': SECRETS_DIR_FLAG,
    'state-dir': {
      value: 'DIR',
      help: 'where trust data is remembered across restarts; in memory only without it',
    },
  },
  async run({ flags }) {
    const writer = new LogWriter((text) => Bun.write(Bun.stdout, text))
    const runtime = start(flags, writer.append)
    const { log } = runtime
    process.on('unhandledRejection', (error) => runtime.reportFailure(error))
    log('info', 'listening', { version: VERSION, address: runtime.address })
    log('info', 'stopping', { signal: await untilStopped() })
    await runtime.stop()
    log('info', 'stopped')
    await writer.flush(FLUSH_TIMEOUT_MS)
    return EXIT.trusted
  },
}

function start(flags: Arguments['flags'], write: (line: string) => void): Runtime {
  const address = parseListenAddress(flags['listen'] ?? '')
  const configFile = flags['config'] ?? ''
  const config = readConfig(configFile)
  const stateDir = flags['state-dir']
  const metricsListen = flags['metrics-listen']
  return orMisused(() => {
    const certificate = readServerCertificate(flags['tls-cert'] ?? '', flags['tls-key'] ?? '')
    if (stateDir !== undefined) prepareStateDir(stateDir)
    return startRuntime({
      config,
      configFile,
      version: VERSION,
      certificate,
      address,
      ...(metricsListen !== undefined && {
        metricsAddress: parseListenAddress(metricsListen, 'metrics-listen'),
      }),
      secretsDir: flags['secrets-dir'] ?? '',
      ...(stateDir !== undefined && { stateDir }),
      write,
    })
  })
}

function untilStopped(): Promise<NodeJS.Signals> {
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stopped.resolve)
  return stopped.promise
}
