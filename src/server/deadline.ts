/**
 * The moment by which a request must be answered. Its signal is made when somebody asks for it:
 * most requests are answered without, and an AbortController a request is felt under load.
 */
export class Deadline {
  /** From its begin, in milliseconds. */
  readonly timeoutMs: number
  readonly #timer: Timer
  readonly #passed = Promise.withResolvers<void>()
  #controller: AbortController | undefined
  #isPassed = false

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs
    this.#timer = setTimeout(() => this.#pass(), timeoutMs)
  }

  /** Aborts when the deadline passes. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isPassed) this.#controller.abort()
    return this.#controller.signal
  }

  /** Resolves when the deadline passes, never if it is cleared before. */
  get passed(): Promise<void> {
    return this.#passed.promise
  }

  /** Lets the request go without a deadline, because it has been answered. */
  clear(): void {
    clearTimeout(this.#timer)
  }

  #pass(): void {
    this.#isPassed = true
    this.#passed.resolve()
    this.#controller?.abort()
  }
}
