import type { Refusal } from '../../admission/verdict.ts'
import { quote } from '../../text/quote.ts'
import type { RenderPayload } from './payload.ts'
import { AlertQueue } from './queue.ts'
import type { Alert, Category } from './values.ts'

/** How often a receiver that fails is written of in the log, in milliseconds. */
const REPORT_EVERY_MS = 10_000

/** How long an admission waits for a receiver that must hear of it, in milliseconds. */
const MUST_HEAR_MS = 5000

/** Sends a body; rejects, with words for an operator, where there was no answer. */
export interface AlertChannel {
  send(
    body: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }>
}

/** What a receiver is made of. */
export interface ReceiverOptions {
  readonly name: string
  readonly category: Category
  readonly mustHear: boolean
  readonly render: RenderPayload
  readonly channel: AlertChannel
  /** Hears what became of each alert. */
  readonly observe: (receiver: string, outcome: 'sent' | 'failed' | 'dropped') => void
  /** Hears of each alert that begins to wait, or waits no longer. */
  readonly observeWaiting: (receiver: string, by: 1 | -1) => void
  /** Hears what an operator has to know. */
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void
  /** Milliseconds that never go back. */
  readonly clock?: () => number
}

/** Why an alert did not get through. */
export interface AlertFailure {
  readonly code: Extract<Refusal['code'], 'UNAVAILABLE_ALERT' | 'MISCONFIGURED_ALERT'>
  /** Part of a sentence, without anything secret. */
  readonly reason: string
}

/** One receiver of alerts, with those that wait for it. */
export class Receiver {
  readonly #options: ReceiverOptions
  readonly #clock: () => number
  readonly #queue: AlertQueue
  #failures = 0
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    this.#queue = new AlertQueue({
      send: async (body, signal) => void (await this.#deliver(body, signal)),
      onWaiting: (by) => this.#options.observeWaiting(this.name, by),
      onDropped: () => {
        this.#options.observe(this.name, 'dropped')
        this.#report('it is too slow, the oldest alert was dropped')
      },
    })
  }

  get name(): string {
    return this.#options.name
  }

  get category(): Category {
    return this.#options.category
  }

  get mustHear(): boolean {
    return this.#options.mustHear
  }

  /** Sends an alert some time soon. */
  tell({ values }: Alert): void {
    this.#queue.push(this.#options.render(values))
  }

  /** Sends an alert now, before the signal aborts. Resolves to why it failed, if it did. */
  tellNow({ values }: Alert, signal: AbortSignal): Promise<AlertFailure | undefined> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(MUST_HEAR_MS)])
    return this.#deliver(this.#options.render(values), limited)
  }

  /** Resolves when nothing waits any more, or after so many milliseconds. */
  close(timeoutMs: number): Promise<void> {
    return this.#queue.close(timeoutMs)
  }

  async #deliver(body: string, signal: AbortSignal): Promise<AlertFailure | undefined> {
    const failure = await attempt(this.#options.channel, body, signal)
    this.#options.observe(this.name, failure === undefined ? 'sent' : 'failed')
    if (failure !== undefined) this.#report(failure.reason)
    return failure
  }

  #report(reason: string): void {
    this.#failures++
    const now = this.#clock()
    if (now - this.#reportedAt < REPORT_EVERY_MS) return
    this.#options.report('alerts could not be sent', {
      receiver: this.name,
      reason,
      alerts: this.#failures,
    })
    this.#failures = 0
    this.#reportedAt = now
  }
}

async function attempt(
  channel: AlertChannel,
  body: string,
  signal: AbortSignal,
): Promise<AlertFailure | undefined> {
  try {
    const { status, text } = await channel.send(body, signal)
    if (status >= 200 && status < 300) return undefined
    const words = text === '' ? '' : `: ${quote(text, 200)}`
    return { code: 'MISCONFIGURED_ALERT', reason: `it answers with HTTP ${status}${words}` }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown failure'
    return { code: 'UNAVAILABLE_ALERT', reason }
  }
}
