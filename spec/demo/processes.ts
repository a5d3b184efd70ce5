import { closeSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Subprocess } from 'bun'

/** The program that the demo is about, as `make build` leaves it. */
export const BINARY = resolve(import.meta.dir, '../../dist/connaisseur')

/** How long a command may take, and a server to end after SIGTERM, in milliseconds. */
const COMMAND_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000

/** What a command that ended has left. */
export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the binary in one folder, and ends what still runs when it is disposed of. Children get an
 * empty environment: no proxy and no setting of the caller may change the story.
 */
export class Processes implements AsyncDisposable {
  readonly #folder: string
  readonly #running = new Set<Subprocess>()

  constructor(folder: string) {
    this.#folder = folder
    process.once('exit', () => this.#kill())
  }

  /** Runs a command of the binary to its end. */
  async run(args: readonly string[]): Promise<Outcome> {
    const child = Bun.spawn([BINARY, ...args], {
      cwd: this.#folder,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
    })
    this.#track(child)
    const [stdout, stderr] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    return { exitCode: await child.exited, stdout, stderr }
  }

  /** Starts a command that stays; its stdout and stderr go to a file in the folder. */
  start(args: readonly string[], logName: string): Subprocess {
    const log = openSync(join(this.#folder, logName), 'a')
    const child = Bun.spawn([BINARY, ...args], {
      cwd: this.#folder,
      env: {},
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.#track(child)
    return child
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map(end))
  }

  /** For an exit that comes without disposal, such as an unforeseen error. */
  #kill(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }

  #track(child: Subprocess): void {
    this.#running.add(child)
    void child.exited.then(() => this.#running.delete(child))
  }
}

async function end(child: Subprocess): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await child.exited
  clearTimeout(timer)
}
