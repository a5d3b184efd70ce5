import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** How long a server may take to open its port, or to end after SIGTERM. */
const PATIENCE_MS = 15_000
const POLL_MS = 20

/** Where and with what a program runs. Nothing of the caller's environment but PATH gets in. */
export interface Surroundings {
  /** Working directory, and HOME, so that no configuration of a person is read. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** Default empty. Servers get none. */
  readonly stdin?: string
}

/** What a program that ended has left. */
export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. */
export async function runProgram(
  command: readonly string[],
  { folder, env = {}, stdin = '' }: Surroundings,
): Promise<Outcome> {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: environmentOf(folder, env),
    stdio: [new Blob([stdin]), 'pipe', 'pipe'],
  })
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { exitCode: await child.exited, stdout, stderr }
}

/** Runs a program that has to succeed, and returns its stdout. */
export async function runOrThrow(
  command: readonly string[],
  surroundings: Surroundings,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(command, surroundings)
  if (exitCode !== 0) {
    throw new Error(`${command.join(' ')} ended with exit code ${exitCode}: ${stdout}${stderr}`)
  }
  return stdout
}

/** A server of ours. */
export interface ServerProcess {
  /** The exit code, whoever ended it. */
  readonly exited: Promise<number>
  /** SIGTERM, then waits for the exit code. */
  readonly stop: () => Promise<number>
  /** SIGKILL, then waits for the end. */
  readonly kill: () => Promise<void>
  /** Freezes the process: it accepts connections and answers nothing. */
  readonly suspend: () => void
  readonly resume: () => void
}

/**
 * Starts a server and waits until `isReady`. Its output goes to `<name>.log`, its process id
 * stands in `<name>.pid` while it runs. Throws with the end of the log if it ends instead.
 */
export async function startServer(
  command: readonly string[],
  surroundings: Surroundings & { readonly name: string },
  isReady: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<ServerProcess> {
  const { folder, env = {}, name } = surroundings
  const log = Bun.file(join(folder, `${name}.log`))
  const pidFile = join(folder, `${name}.pid`)
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: environmentOf(folder, env),
    stdio: ['ignore', log, log],
  })
  await Bun.write(pidFile, String(child.pid))
  const server: ServerProcess = {
    exited: child.exited,
    async stop() {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      const code = await child.exited
      await rm(pidFile, { force: true })
      return code
    },
    async kill() {
      child.kill('SIGKILL')
      await child.exited
    },
    suspend: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  }
  await waitUntil(
    async () => {
      if (child.exitCode !== null) {
        throw new Error(`${basename(command[0] ?? name)} ended at its start: ${await log.text()}`)
      }
      return isReady()
    },
    `${name} to be ready`,
    patienceMs,
  )
  return server
}

/** Polls until the condition holds; throws when it does not come true in time. */
export async function waitUntil(
  condition: () => Promise<boolean>,
  what: string,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain for ${what}`)
    await Bun.sleep(POLL_MS)
  }
}

function environmentOf(folder: string, env: Readonly<Record<string, string>>) {
  return { PATH: process.env['PATH'] ?? '', HOME: folder, ...env }
}
