import type { CertificateSource } from '../cluster/certificates/source.ts'
import type { Pair } from '../cluster/certificates/state.ts'
import { ClusterError } from '../cluster/cluster-error.ts'
import { isTrustedBy } from '../cluster/registration/ca-bundle.ts'
import type { Registrar } from '../cluster/registration/registrar.ts'
import type { Log } from '../reporting/log.ts'
import type { Condition } from '../server/readiness.ts'

/** Between two rounds, in milliseconds, give or take a fifth: replicas drift apart. */
const ROUND_MS = 5000
const JITTER = 0.2

/** After a round that failed, or that waits for something that is about to come, in milliseconds. */
const SOON_MS = 1000

/** How long a replica waits after it heard of a change, at most: one of them is faster than the rest. */
const NUDGE_MS = 300

/** What a presence is made of. */
export interface PresenceOptions {
  readonly certificates: CertificateSource
  readonly registrar: Registrar
  readonly log: Log
}

/**
 * The program's presence in a cluster: certificates that the API server trusts, and a webhook that
 * leads here. One round after the other looks at both and does what is due, so that each step is
 * taken in the light of the one before.
 */
export class Presence {
  readonly #options: PresenceOptions
  #serve: ((pair: Pair) => Promise<void>) | undefined
  #served: Pair | undefined
  #problem: string | undefined
  #timer: Timer | undefined
  #round: Promise<void> | undefined
  #isNudged = false
  #isStopped = false

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** Resolves to a certificate to begin with; tries until there is one. */
  async begin(): Promise<Pair> {
    for (;;) {
      await this.#attempt(async ({ certificates, registrar }) => {
        await registrar.observe()
        await certificates.round(registrar.observed)
      })
      const { serving } = this.#options.certificates
      if (serving !== undefined) return serving
      await Bun.sleep(SOON_MS)
    }
  }

  /** Registers from now on, because there is somebody who answers, under the given certificate. */
  start(served: Pair, serve: (pair: Pair) => Promise<void>): void {
    this.#served = served
    this.#serve = serve
    this.nudge()
  }

  /** Has the next round come soon, because something has changed. */
  nudge(): void {
    if (this.#serve === undefined) return
    if (this.#round === undefined) this.#schedule(Math.random() * NUDGE_MS)
    else this.#isNudged = true
  }

  /** Ends the rounds. What is registered stays. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#round
  }

  /** Whether the API server sends requests here, and trusts our certificate. */
  condition(): Condition {
    const name = 'webhook'
    const { observed, waiting, wasThere } = this.#options.registrar
    const problem = this.#problem
    if (!observed.isKnown) {
      return { name, ok: false, reason: problem ?? 'the API server has not been asked yet' }
    }
    if (observed.isAbsent) {
      if (waiting === 'leading') {
        return {
          name,
          ok: true,
          note: 'it is registered once the Service leads to a ready replica',
        }
      }
      if (waiting === 'following') {
        return { name, ok: false, reason: 'it is registered once another replica is ready' }
      }
      if (problem === undefined && wasThere) {
        return { name, ok: true, note: 'somebody has deleted it, it is about to be put back' }
      }
      return { name, ok: false, reason: problem ?? 'it has not been registered yet' }
    }
    const chain = this.#served?.cert
    if (chain === undefined || !isTrustedBy(chain, observed.bundle)) {
      return { name, ok: false, reason: 'what is registered does not carry our CA' }
    }
    return { name, ok: true, ...(problem !== undefined && { note: problem }) }
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer)
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#round = this.#work()
    }, delayMs)
  }

  async #work(): Promise<void> {
    const { registrar } = this.#options
    const isDone = await this.#attempt(async ({ certificates }) => {
      await registrar.observe()
      await certificates.round(registrar.observed)
      await this.#serveNewest()
      await registrar.settle()
    })
    this.#round = undefined
    const isSoon = !isDone || registrar.waiting !== undefined || this.#isNudged
    this.#isNudged = false
    this.#schedule((isSoon ? SOON_MS : ROUND_MS) * (1 + JITTER * (2 * Math.random() - 1)))
  }

  async #serveNewest(): Promise<void> {
    const { serving } = this.#options.certificates
    if (serving === undefined || serving.cert === this.#served?.cert) return
    await this.#serve?.(serving)
    this.#served = serving
  }

  /** Tells of what fails once; a failure that is not the API's is told of as it is. */
  async #attempt(work: (options: PresenceOptions) => Promise<void>): Promise<boolean> {
    const { log } = this.#options
    try {
      await work(this.#options)
      if (this.#problem !== undefined) log('info', 'cluster answers again')
      this.#problem = undefined
      return true
    } catch (error) {
      // Another replica was faster: the next look tells what is left to do.
      if (error instanceof ClusterError && error.code === 'CONFLICT') return false
      const problem = error instanceof Error ? error.message : String(error)
      if (problem !== this.#problem) {
        const code = error instanceof ClusterError ? error.code : 'INTERNAL'
        log('error', 'webhook cannot be kept registered', { code, problem })
      }
      this.#problem = problem
      return false
    }
  }
}
