/** One piece of work that several callers wait for. */
interface Flight<Result> {
  readonly result: Promise<Result>
  readonly controller: AbortController
  callers: number
  begun: boolean
}

/** Work that stops when nobody waits for it any more. */
type Work<Result> = (signal: AbortSignal) => Promise<Result>

/**
 * Shares work among callers who ask for the same at the same time. Whoever asks while it runs gets
 * the next run, shared with all who asked meanwhile: so an answer is never older than its question,
 * and however many ask, two runs are in hand at the most. A caller who gives up cancels nothing for
 * the others.
 */
export class Coalescer<Result> {
  readonly #running = new Map<string, Flight<Result>>()
  readonly #next = new Map<string, Flight<Result>>()

  /** Rejects with the signal's reason when the caller's time is up, or with the work's when it was stopped. */
  join(key: string, work: Work<Result>, signal: AbortSignal): Promise<Result> {
    return this.#board(key, this.#next.get(key) ?? this.#schedule(key, work), signal)
  }

  /** Tells whether anybody waits for this already. */
  isUnderWay(key: string): boolean {
    return this.#running.has(key) || this.#next.has(key)
  }

  #schedule(key: string, work: Work<Result>): Flight<Result> {
    const controller = new AbortController()
    const take = async (): Promise<Result> => {
      remove(this.#next, key, flight)
      controller.signal.throwIfAborted()
      flight.begun = true
      this.#running.set(key, flight)
      return work(controller.signal).finally(() => remove(this.#running, key, flight))
    }
    const before = this.#running.get(key)?.result ?? Promise.resolve()
    const flight: Flight<Result> = {
      result: before.then(take, take),
      controller,
      callers: 0,
      begun: false,
    }
    this.#next.set(key, flight)
    // Who waits hears of a failure; without anybody left it is nobody's business.
    flight.result.catch(() => {})
    return flight
  }

  async #board(key: string, flight: Flight<Result>, signal: AbortSignal): Promise<Result> {
    flight.callers++
    const left = Promise.withResolvers<never>()
    const leave = () => {
      flight.callers--
      // The last one waits for what work in hand has to say about being stopped.
      if (flight.callers > 0 || !flight.begun) left.reject(signal.reason)
      if (flight.callers > 0) return
      remove(this.#next, key, flight)
      flight.controller.abort(signal.reason)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([flight.result, left.promise])
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }
}

/** A flight that was given up may have a successor under its key already. */
function remove<Result>(
  flights: Map<string, Flight<Result>>,
  key: string,
  flight: Flight<Result>,
): void {
  if (flights.get(key) === flight) flights.delete(key)
}
