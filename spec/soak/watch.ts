import type { Tally } from './tally.ts'
import type { World } from './world.ts'

/** How often health and memory are looked at, in milliseconds. */
const EVERY_MS = 200

/** What `/health` may take in the midst of it all, in milliseconds: less than a probe waits. */
const MAX_HEALTH_MS = 1000

/** Looks at health and memory of the replicas while everything else goes on. */
export class Watch {
  readonly #world: World
  readonly #tally: Tally
  #isOver = false
  #work: Promise<unknown> = Promise.resolve()

  constructor(world: World, tally: Tally) {
    this.#world = world
    this.#tally = tally
  }

  start(): void {
    this.#work = Promise.all([this.#watchHealth(), this.#watchMemory()])
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
  }

  async #watchHealth(): Promise<void> {
    while (!this.#isOver) {
      for (const replica of this.#world.replicas) {
        const start = performance.now()
        const isHealthy = await replica.isHealthy()
        const durationMs = performance.now() - start
        // One that is being killed is no wonder.
        if (!this.#world.isUp(replica.name)) continue
        if (!isHealthy) this.#tally.fail(`${replica.name} does not answer /health`)
        else if (durationMs > MAX_HEALTH_MS) {
          this.#tally.fail(`/health of ${replica.name} took ${Math.round(durationMs)} ms`)
        }
        this.#tally.addHealth(durationMs)
      }
      await Bun.sleep(EVERY_MS)
    }
  }

  async #watchMemory(): Promise<void> {
    while (!this.#isOver) {
      for (const replica of this.#world.replicas) {
        const memory = await replica.memory()
        if (memory !== undefined) this.#tally.addMemory(replica.name, memory)
      }
      await Bun.sleep(EVERY_MS)
    }
  }
}
