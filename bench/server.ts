import { HttpsConnection, renderRequest, type Target } from './https-connection.ts'
import { readCpuMs, readMainThreadMs } from './proc.ts'

/** How long a server may take to answer for the first time. */
const PATIENCE_MS = 15_000

const HEALTH = renderRequest('GET', '/health')

/** A server that runs and has answered. */
export interface BenchServer extends Target {
  readonly pid: number
  /** From just before the program was started to its first 200, in milliseconds. */
  readonly firstAnswerMs: number
  /** What its main thread had spent on the processor by then, which other work does not stretch. */
  readonly firstAnswerCpuMs: number
  /** User and system time of the process so far, in milliseconds. */
  cpuMs(): number
  stop(): Promise<void>
}

/**
 * Starts a server with its log to /dev/null and polls it as fast as it can until it is healthy.
 * Throws if it ends instead. `signal` kills it.
 */
export async function startServer(
  command: readonly string[],
  target: Target,
  signal: AbortSignal,
): Promise<BenchServer> {
  const start = performance.now()
  const child = Bun.spawn([...command], {
    stdio: ['ignore', 'ignore', 'inherit'],
    signal,
    killSignal: 'SIGKILL',
  })
  while (!(await isHealthy(target))) {
    if (child.exitCode !== null) throw new Error(`${command[0]} ended with ${child.exitCode}`)
    if (performance.now() - start > PATIENCE_MS) throw new Error(`${command[0]} never answered`)
  }
  return {
    ...target,
    pid: child.pid,
    firstAnswerMs: performance.now() - start,
    firstAnswerCpuMs: readMainThreadMs(child.pid),
    cpuMs: () => readCpuMs(child.pid),
    async stop() {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}

async function isHealthy(target: Target): Promise<boolean> {
  const connection = await HttpsConnection.open(target).catch(() => undefined)
  if (connection === undefined) return false
  const { status } = await connection.send(HEALTH)
  connection.close()
  if (status === 200) return true
  throw new Error(`/health was answered with ${status}`)
}
