import { hostname } from 'node:os'
import { readRedisSettings } from '../clients/redis/settings.ts'
import type { Report } from '../clients/report.ts'
import { prepareStateDir } from '../clients/trust-store.ts'
import type { ClusterConnection } from '../cluster/connection.ts'
import type { Log, LogFields } from '../reporting/log.ts'
import { LogWriter } from '../reporting/log-writer.ts'
import { openTracing } from '../reporting/tracing/open-tracing.ts'
import { LiveConfiguration, type LiveConfigurationOptions } from '../runtime/live-configuration.ts'
import { Runtime } from '../runtime/runtime.ts'
import { connectCluster } from './cluster.ts'
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from './command.ts'
import { orMisused, readConfig } from './config-file.ts'
import { parseListenAddress } from './listen-address.ts'
import { prepareCertificate } from './serve-certificate.ts'
import { SERVE_FLAGS } from './serve-flags.ts'
import { writeTerminationLog } from './termination-log.ts'
import { VERSION } from './version.ts'

/** How long the end of the program waits for a reader of its log that does not read. */
const FLUSH_TIMEOUT_MS = 1000

/** How long endpoints of a Service take to change at every node, in seconds, give or take. */
const GRACE_IN_CLUSTER = '5'

type Flags = Arguments['flags']
type Write = (line: string) => void

/** `connaisseur serve` */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serve the admission webhook over HTTPS.',
  flags: SERVE_FLAGS,
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

async function serve(flags: Flags, write: Write): Promise<ExitCode> {
  const graceMs = readGrace(flags)
  const podName = process.env['POD_NAME'] || hostname()
  let log: Log = () => {}
  const report = (message: string, fields: LogFields) => log('warn', message, fields)
  const tracing = await orMisused(() =>
    openTracing(process.env, { version: VERSION, podName, report }),
  )
  const stopped = untilStopped()
  const given = { write, podName, ...(tracing && { tracing }) }
  const runtime = await Promise.race([start(flags, given), stopped])
  if (typeof runtime === 'string') return EXIT.trusted
  log = runtime.log
  log('info', 'listening', { version: VERSION, address: runtime.address })
  log('info', 'stopping', { signal: await stopped })
  if (tracing !== undefined) runtime.onDispose(() => tracing.close())
  await runtime.beginStop()
  await Bun.sleep(graceMs)
  await runtime.stop()
  log('info', 'stopped')
  return EXIT.trusted
}

type Given = Pick<LiveConfigurationOptions, 'write' | 'podName' | 'tracing'>

async function start(flags: Flags, given: Given): Promise<Runtime> {
  const address = parseListenAddress(flags['listen'] ?? '')
  const { configuration, connection } = openConfiguration(flags, given)
  process.on('unhandledRejection', configuration.reportFailure)
  const { certificate, attach } = await prepareCertificate(flags, configuration, connection)
  const metricsListen = flags['metrics-listen']
  return orMisused(() => {
    const runtime = new Runtime({
      configuration,
      certificate,
      address,
      ...(metricsListen !== undefined && {
        metricsAddress: parseListenAddress(metricsListen, 'metrics-listen'),
      }),
    })
    attach(runtime)
    return runtime
  })
}

function openConfiguration(flags: Flags, given: Given) {
  const file = flags['config'] ?? ''
  const stateDir = flags['state-dir']
  const alertTemplatesDir = flags['alert-templates']
  return orMisused(() => {
    const redis = readRedisSettings(process.env)
    if (stateDir !== undefined) prepareStateDir(stateDir)
    const report: Report = (message, fields) => configuration.log('warn', message, fields)
    const cluster = connectCluster(flags, report)
    const configuration = new LiveConfiguration({
      file,
      read: () => readConfig(file),
      secretsDir: flags['secrets-dir'] ?? '',
      owners: cluster?.owners,
      ...(stateDir !== undefined && { stateDir }),
      ...(redis && { redis }),
      ...(alertTemplatesDir !== undefined && { alertTemplatesDir }),
      version: VERSION,
      ...given,
    })
    if (cluster !== undefined) logCluster(configuration.log, cluster.connection)
    return { configuration, connection: cluster?.connection }
  })
}

function logCluster(log: Log, { server, description }: ClusterConnection): void {
  log('info', 'children of what this cluster holds are approved', {
    server: server.host,
    as: description,
  })
}

/** In milliseconds. */
function readGrace(flags: Flags): number {
  const inCluster = flags['registration'] === undefined ? '0' : GRACE_IN_CLUSTER
  const text = flags['shutdown-grace'] ?? inCluster
  const seconds = /^\d{1,3}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= 0) return seconds * 1000
  throw new UsageError(`--shutdown-grace needs a number of seconds such as 5, not ${text}`)
}

function untilStopped(): Promise<NodeJS.Signals> {
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stopped.resolve)
  return stopped.promise
}
