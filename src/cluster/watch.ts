import type { Clock } from '../clients/clock.ts'
import type { Report } from '../clients/report.ts'
import type { KubeList, WatchEvent } from './api.ts'
import { ClusterError } from './cluster-error.ts'
import type { Progress } from './watch-stream.ts'

/** Between two attempts, in milliseconds: the first pause, doubled to the last, and then a little less. */
const FIRST_PAUSE_MS = 250
const LAST_PAUSE_MS = 5000

/** What is followed and how it is got. */
export interface FollowOptions {
  /** For the report. */
  readonly what: string
  list(): Promise<KubeList>
  /** Watches on from a version, until the API server ends it. */
  open(resourceVersion: string): AsyncIterable<Progress>
  readonly report: Report
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Follows a resource until the signal aborts: lists it, watches on from there, goes on after every
 * end from the version that it has seen, and lists anew where that version is too old. Whatever
 * fails, forbidden included, is reported once and tried again: rights and tokens may come later.
 */
export async function* followResource(options: FollowOptions): AsyncIterable<WatchEvent> {
  const { list, open, signal } = options
  const attempts = new Attempts(options)
  let version: string | undefined
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const { objects, resourceVersion } = await list()
        version = resourceVersion
        yield { kind: 'listed', objects }
      }
      for await (const { event, resourceVersion } of open(version)) {
        version = resourceVersion
        attempts.succeeded()
        if (event !== undefined) yield event
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ClusterError)) throw error
      if (error.code === 'EXPIRED') version = undefined
      attempts.failed(error)
    }
    await attempts.pause()
  }
}

/** Keeps account of what fails in a row. */
class Attempts {
  readonly #options: FollowOptions
  #pauseMs = FIRST_PAUSE_MS
  #reported: ClusterError | undefined

  constructor(options: FollowOptions) {
    this.#options = options
  }

  succeeded(): void {
    const { what, report } = this.#options
    this.#pauseMs = FIRST_PAUSE_MS
    if (this.#reported === undefined) return
    this.#reported = undefined
    report('cluster is watched again', { what })
  }

  failed(error: ClusterError): void {
    const { what, report } = this.#options
    if (error.code === 'EXPIRED' || this.#reported?.code === error.code) return
    this.#reported = error
    report('cluster cannot be watched', { what, code: error.code, problem: error.message })
  }

  /** Waits longer each time, so that many watchers do not come back at once after an outage. */
  async pause(): Promise<void> {
    const { clock, signal } = this.#options
    const pauseMs = this.#pauseMs * (0.5 + clock.random() / 2)
    this.#pauseMs = Math.min(this.#pauseMs * 2, LAST_PAUSE_MS)
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = clock.after(pauseMs, resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
    await promise
    cancel()
  }
}
