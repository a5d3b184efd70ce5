/** A value that holds something open. */
export interface Disposable {
  dispose(): Promise<void>
}

interface Lease<Value> {
  readonly value: Value
  users: number
}

/**
 * Holds the value of today. It is swapped between two requests, never within one: whoever has an old
 * value keeps it to the end, and the old one is disposed of when the last of them is done.
 */
export class Slot<Value extends Disposable> {
  readonly #onFailure: (error: unknown) => void
  #lease: Lease<Value>

  /** `onFailure` hears why a value could not be disposed of. */
  constructor(value: Value, onFailure: (error: unknown) => void) {
    this.#lease = { value, users: 0 }
    this.#onFailure = onFailure
  }

  /** The value of today, for a look that keeps nothing. */
  get current(): Value {
    return this.#lease.value
  }

  /** Lends the value of today until the work is done. */
  async use<Result>(work: (value: Value) => Promise<Result>): Promise<Result> {
    const lease = this.#lease
    lease.users++
    try {
      return await work(lease.value)
    } finally {
      lease.users--
      if (lease !== this.#lease) this.#disposeUnused(lease)
    }
  }

  /** Lends out this value from now on. */
  replace(value: Value): void {
    const old = this.#lease
    this.#lease = { value, users: 0 }
    this.#disposeUnused(old)
  }

  #disposeUnused({ value, users }: Lease<Value>): void {
    if (users === 0) value.dispose().catch(this.#onFailure)
  }
}
