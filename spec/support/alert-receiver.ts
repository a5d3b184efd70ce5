/** A request that a receiver got. */
export interface ReceivedAlert {
  readonly path: string
  readonly headers: Headers
  readonly body: unknown
}

/** A receiver of alerts on the loopback. */
export class AlertReceiver {
  readonly received: ReceivedAlert[] = []
  /** Answers instead of a plain 200. */
  answer: (() => Response | Promise<Response>) | undefined
  readonly #server: Bun.Server<undefined>

  constructor() {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 60,
      fetch: async (request) => {
        const body: unknown = await request.json()
        const { pathname, search } = new URL(request.url)
        this.received.push({ path: `${pathname}${search}`, headers: request.headers, body })
        return (await this.answer?.()) ?? new Response('ok')
      },
    })
  }

  /** `http://` and where it listens. */
  get url(): string {
    return `http://${this.#server.url.host}`
  }

  /** Waits until it has got so many alerts. */
  async until(count: number): Promise<readonly ReceivedAlert[]> {
    while (this.received.length < count) await Bun.sleep(1)
    return this.received
  }

  stop(): Promise<void> {
    return this.#server.stop(true)
  }
}
