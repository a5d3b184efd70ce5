/** Alerts that wait for one receiver; the oldest go when there are more. */
const MAX_WAITING = 1000

/** What these bodies may take together, in characters. */
const MAX_WAITING_CHARACTERS = 8 * 1024 * 1024

/** Requests to one receiver at the same time. */
const MAX_SENDING = 4

/** How long one alert may take with all its attempts, in milliseconds. */
const PATIENCE_MS = 10_000

/** What a queue does with its alerts. */
export interface AlertQueueOptions {
  /** Sends one; rejects where that failed. */
  readonly send: (body: string, signal: AbortSignal) => Promise<void>
  /** Hears of one that begins to wait, or waits no longer. */
  readonly onWaiting: (by: 1 | -1) => void
  /** Hears of one that gave way to a newer one. */
  readonly onDropped: () => void
}

/** Sends alerts behind the requests' back: a receiver that is slow or dead costs alerts, nothing else. */
export class AlertQueue {
  readonly #options: AlertQueueOptions
  readonly #waiting: string[] = []
  readonly #closing = new AbortController()
  #characters = 0
  #sending = 0
  #idle: PromiseWithResolvers<void> | undefined

  constructor(options: AlertQueueOptions) {
    this.#options = options
  }

  /** Takes an alert. */
  push(body: string): void {
    this.#waiting.push(body)
    this.#options.onWaiting(1)
    this.#characters += body.length
    while (this.#waiting.length > MAX_WAITING || this.#isTooLong()) this.#drop()
    if (this.#sending < MAX_SENDING) void this.#work()
  }

  /** Resolves when all is sent, or after so many milliseconds; what is left then is dropped. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#sending === 0) return
    this.#idle ??= Promise.withResolvers()
    const timer = setTimeout(() => this.#giveUp(), timeoutMs)
    await this.#idle.promise
    clearTimeout(timer)
  }

  #giveUp(): void {
    while (this.#waiting.length > 0) this.#drop()
    this.#closing.abort()
  }

  #isTooLong(): boolean {
    return this.#characters > MAX_WAITING_CHARACTERS && this.#waiting.length > 1
  }

  #drop(): void {
    if (this.#take() !== undefined) this.#options.onDropped()
  }

  #take(): string | undefined {
    const body = this.#waiting.shift()
    if (body === undefined) return undefined
    this.#characters -= body.length
    this.#options.onWaiting(-1)
    return body
  }

  async #work(): Promise<void> {
    this.#sending++
    for (let body = this.#take(); body !== undefined; body = this.#take()) {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(PATIENCE_MS)])
      await this.#options.send(body, signal).catch(() => {})
    }
    this.#sending--
    if (this.#sending === 0) this.#idle?.resolve()
  }
}
