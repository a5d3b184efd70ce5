import { type ServerProcess, startServer } from '../support/process.ts'

/** Keeps a server running: one that ends is started again, whoever ended it. */
export class Supervisor implements AsyncDisposable {
  readonly #command: readonly string[]
  readonly #folder: string
  readonly #name: string
  #server: ServerProcess | undefined
  #stopping = false

  constructor(command: readonly string[], folder: string, name: string) {
    this.#command = command
    this.#folder = folder
    this.#name = name
  }

  /** Starts it and waits until it is ready. */
  async start(patienceMs: number, isReady: () => Promise<boolean>): Promise<void> {
    this.#server = await this.#start(patienceMs, isReady)
    void this.#watch(this.#server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    await this.#server?.stop()
  }

  async #watch(server: ServerProcess): Promise<void> {
    await server.exited
    if (this.#stopping) return
    this.#server = await this.#start(0, async () => true)
    await this.#watch(this.#server)
  }

  #start(patienceMs: number, isReady: () => Promise<boolean>): Promise<ServerProcess> {
    const surroundings = { folder: this.#folder, name: this.#name }
    return startServer(this.#command, surroundings, isReady, patienceMs)
  }
}
