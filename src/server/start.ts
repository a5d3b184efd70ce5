import { createApp, type Service } from './app.ts'
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

/** Where to listen. */
export interface ListenAddress {
  readonly hostname: string
  readonly port: number
}

/** A server that listens. */
export interface RunningServer {
  /** `HOST:PORT` as bound. */
  readonly address: string
  /** Refuses new connections and resolves when the requests in flight are answered. */
  stop(): Promise<void>
}

/** Starts to listen; throws an `Error` that names the address where it cannot. */
export function startServer(
  service: Service,
  { hostname, port }: ListenAddress,
  { cert, key }: ServerCertificate,
): RunningServer {
  const app = createApp(service)
  try {
    const server = Bun.serve({
      fetch: app.fetch,
      hostname,
      port,
      tls: { cert, key },
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      maxRequestBodySize: MAX_BODY_BYTES,
    })
    return { address: server.url.host, stop: () => stopGracefully(server) }
  } catch (cause) {
    throw cannotListen({ hostname, port }, cause)
  }
}

/** Says which address is to blame. */
export function cannotListen({ hostname, port }: ListenAddress, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : cause
  return new Error(`cannot listen on ${hostname}:${port} (${code})`, { cause })
}

/**
 * A connection that has asked nothing, such as a TCP probe, would keep a graceful stop waiting until
 * it idles out; so the wait is for the requests only.
 */
async function stopGracefully(server: Bun.Server<undefined>): Promise<void> {
  void server.stop()
  while (server.pendingRequests > 0) await Bun.sleep(POLL_MS)
  await Bun.sleep(SEND_MS)
  await server.stop(true)
}
