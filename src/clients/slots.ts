import { TrustError } from '../trust/errors.ts'
import type { Clock } from './clock.ts'

/**
 * Requests to one server at the same time. More would not be answered sooner: a Notary or registry
 * does its work on a few cores before one database.
 */
const MAX_ACTIVE = 32

/** Requests that wait for their turn: some for each of a thousand Pods that start at once. */
const MAX_WAITING = 4096

/**
 * How long one waits for its turn, in milliseconds. Less than half of a webhook's patience, so that
 * whoever gets a turn has time left to use it; waiting longer would have all of them fail.
 */
const MAX_WAIT_MS = 4000

interface Waiter {
  readonly go: () => void
}

/** Bounds how much is asked of one server at a time; what is too much is told so at once. */
export class Slots {
  readonly #clock: Clock
  readonly #waiting = new Set<Waiter>()
  #active = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Waits for a turn and resolves to what ends it. Rejects with `UNAVAILABLE_OVERLOADED` when too many
   * wait, or when the turn does not come in time.
   */
  async enter(host: string, signal: AbortSignal): Promise<() => void> {
    if (this.#active >= MAX_ACTIVE) await this.#wait(host, signal)
    else this.#active++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#passOn()
    }
  }

  /** Hands the turn to the one that has waited for longest. */
  #passOn(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#active--
    else next.go()
  }

  #wait(host: string, signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= MAX_WAITING) {
      return Promise.reject(overloaded(`more than ${MAX_WAITING} requests wait for ${host}`))
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const start = this.#clock.now()
    const leave = (end: () => void) => {
      this.#waiting.delete(waiter)
      cancel()
      signal.removeEventListener('abort', shed)
      end()
    }
    const shed = () =>
      leave(() => {
        const waitedMs = Math.round(this.#clock.now() - start)
        reject(overloaded(`a request to ${host} waited ${waitedMs} ms and had no turn`))
      })
    const waiter: Waiter = { go: () => leave(resolve) }
    const cancel = this.#clock.after(MAX_WAIT_MS, shed)
    this.#waiting.add(waiter)
    signal.addEventListener('abort', shed, { once: true })
    if (signal.aborted) shed()
    return promise
  }
}

function overloaded(what: string): TrustError {
  return new TrustError(
    'UNAVAILABLE_OVERLOADED',
    `${what}, because ${MAX_ACTIVE} are under way: try again later`,
  )
}
