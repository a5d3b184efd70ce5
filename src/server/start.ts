import { createApp, type Service } from './app.ts'
import { steerToNewest } from './steering.ts'
import type { ServerCertificate } from './tls.ts'

/**
 * How long an unused connection is kept, in seconds, the most that Bun allows. Longer than the API
 * server keeps one (90 s), so that it is never us who close a connection just as it is used again.
 */
const IDLE_TIMEOUT_SECONDS = 255

/** Bodies are counted in `body.ts`, which can say why it refuses one; Bun's own cap cannot. */
const MAX_BODY_BYTES = Number.MAX_SAFE_INTEGER

/** How often a stopping server looks whether all requests are answered, in milliseconds. */
const POLL_MS = 10

/** What the last answer gets to leave the socket's buffer, in milliseconds. */
const SEND_MS = 50

/** What connections that are being opened get to be accepted by the listener of before, in ms. */
const HANDOVER_MS = 500

/** A server that listens. */
export interface RunningServer {
  /** `HOST:PORT` as bound. */
  readonly address: string
  /**
   * Serves new connections under another certificate, and resolves when no new one gets the old.
   * Connections that are there go on, and are closed with their next answer. Rejects with an
   * `Error` where the certificate cannot be served; then all is as it was.
   */
  replaceCertificate(certificate: ServerCertificate): Promise<void>
  /** Has connections closed with their next answer, so that their clients look for another server. */
  closeConnections(): void
  /** Refuses new connections and resolves when the requests in flight are answered. */
  stop(): Promise<void>
}

/** Where to listen. */
export interface ListenAddress {
  readonly hostname: string
  readonly port: number
}

/**
 * Starts to listen; throws an `Error` that names the address where it cannot. `handOver` is waited
 * for before the listener of before is closed.
 */
export function startServer(
  service: Service,
  address: ListenAddress,
  certificate: ServerCertificate,
  handOver: () => Promise<void> = () => Bun.sleep(HANDOVER_MS),
): RunningServer {
  probe(address)
  const { fetch } = createApp(service)
  let listener = new Listener(fetch, address, certificate)
  /** The newest last; the others finish what they have. */
  const listeners = new Set([listener])
  const { port } = listener
  let work = Promise.resolve()
  const replace = async (next: ServerCertificate) => {
    const old = listener
    listener = new Listener(fetch, { ...address, port }, next)
    listeners.add(listener)
    await steerToNewest(port).catch(() => {})
    old.closeConnections()
    await handOver()
    void old.finish().then(() => listeners.delete(old))
  }
  return {
    address: listener.host,
    replaceCertificate(next) {
      const done = work.then(() => replace(next))
      work = done.catch(() => {})
      return done
    },
    closeConnections() {
      for (const each of listeners) each.closeConnections()
    },
    async stop() {
      await work
      await Promise.all([...listeners].map((each) => each.stop()))
    },
  }
}

/**
 * Our own listeners share the port, and so would another program of the same user, which would get
 * half of the requests: one that is there is found by asking for the port alone.
 */
function probe({ hostname, port }: ListenAddress): void {
  if (port === 0) return
  try {
    Bun.listen({ hostname, port, socket: { data() {} } }).stop(true)
  } catch (cause) {
    throw cannotListen({ hostname, port }, cause)
  }
}

/** Says which address is to blame. */
export function cannotListen({ hostname, port }: ListenAddress, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : cause
  return new Error(`cannot listen on ${hostname}:${port} (${code})`, { cause })
}

type Fetch = (request: Request) => Response | Promise<Response>

/** One certificate and the connections that were opened under it: Bun cannot change it later. */
class Listener {
  readonly #server: Bun.Server<undefined>
  #isClosing = false

  constructor(fetch: Fetch, address: ListenAddress, { cert, key }: ServerCertificate) {
    try {
      this.#server = Bun.serve({
        fetch: (request) => (this.#isClosing ? answerLast(fetch, request) : fetch(request)),
        ...address,
        reusePort: true,
        tls: { cert, key },
        idleTimeout: IDLE_TIMEOUT_SECONDS,
        maxRequestBodySize: MAX_BODY_BYTES,
      })
    } catch (cause) {
      throw cannotListen(address, cause)
    }
  }

  get host(): string {
    return this.#server.url.host
  }

  get port(): number {
    return Number(this.#server.port)
  }

  closeConnections(): void {
    this.#isClosing = true
  }

  /** Refuses new connections, and resolves when the last of those that are there is closed. */
  async finish(): Promise<void> {
    this.#isClosing = true
    await this.#server.stop()
  }

  /**
   * A connection that has asked nothing, such as a TCP probe, would keep a graceful stop waiting
   * until it idles out; so the wait is for the requests only.
   */
  async stop(): Promise<void> {
    void this.finish()
    while (this.#server.pendingRequests > 0) await Bun.sleep(POLL_MS)
    await Bun.sleep(SEND_MS)
    await this.#server.stop(true)
  }
}

async function answerLast(fetch: Fetch, request: Request): Promise<Response> {
  const response = await fetch(request)
  response.headers.set('connection', 'close')
  return response
}
