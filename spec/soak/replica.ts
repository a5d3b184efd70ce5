import { join } from 'node:path'
import { BINARY } from '../e2e/support/binary.ts'
import { findFreePort } from '../e2e/support/port.ts'
import { type ServerProcess, startServer } from '../e2e/support/process.ts'
import { type Answer, readAnswer } from './answer.ts'
import type { SoakRequest } from './oracle.ts'

/** What the API server is told to wait, in seconds, and what the clients of this test do. */
export const TIMEOUT_SECONDS = 5

/** Where and how a replica runs. */
export interface ReplicaOptions {
  readonly name: string
  readonly folder: string
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** PEM. */
  readonly ca: string
}

/** One process of the built program. */
export class Replica {
  readonly name: string
  readonly #options: ReplicaOptions
  readonly #port: number
  #server: ServerProcess | undefined
  #starts = 0

  private constructor(options: ReplicaOptions, port: number) {
    this.name = options.name
    this.#options = options
    this.#port = port
  }

  /** Starts it, and resolves when it answers. */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const replica = new Replica(options, await findFreePort())
    await replica.start()
    return replica
  }

  async start(): Promise<void> {
    const { folder, flags, env } = this.#options
    const name = `${this.name}-${this.#starts++}`
    const command = [BINARY, 'serve', '--listen', `127.0.0.1:${this.#port}`, ...flags]
    const surroundings = { folder, env, name }
    this.#server = await startServer(command, surroundings, () => this.isHealthy())
  }

  /** Ends it without a word of warning. */
  async kill(): Promise<void> {
    await this.#server?.kill()
  }

  /** Ends it as Kubernetes does; resolves to its exit code. */
  async stop(): Promise<number> {
    return (await this.#server?.stop()) ?? 0
  }

  async isHealthy(): Promise<boolean> {
    try {
      const response = await fetch(`https://127.0.0.1:${this.#port}/health`, {
        tls: { ca: this.#options.ca },
        signal: AbortSignal.timeout(5000),
      })
      return response.status === 200
    } catch {
      return false
    }
  }

  async metrics(): Promise<string> {
    const url = `https://127.0.0.1:${this.#port}/metrics`
    return (await fetch(url, { tls: { ca: this.#options.ca } })).text()
  }

  /** Resident memory in MiB; nothing while it does not run. */
  async memory(): Promise<number | undefined> {
    const { folder } = this.#options
    try {
      const pid = await Bun.file(join(folder, `${this.name}-${this.#starts - 1}.pid`)).text()
      const status = await Bun.file(`/proc/${pid}/status`).text()
      const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN)
      return Number.isNaN(kilobytes) ? undefined : kilobytes / 1024
    } catch {
      return undefined
    }
  }

  /** Sends a request as the API server does, and waits no longer than that would. */
  async send({ body, contentType = 'application/json' }: SoakRequest): Promise<Answer> {
    const url = `https://127.0.0.1:${this.#port}/mutate?timeout=${TIMEOUT_SECONDS}s`
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
        tls: { ca: this.#options.ca },
        signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
      })
      return readAnswer(response.status, await response.text())
    } catch (error) {
      return { kind: 'none', why: String(error) }
    }
  }
}
