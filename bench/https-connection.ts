import type { Socket } from 'bun'

/** Where a server listens, and the PEM of the authority that its certificate has to come from. */
export interface Target {
  readonly port: number
  readonly ca: string
}

/** What a server answered. */
export interface Answer {
  readonly status: number
  readonly body: string
}

const HEAD_END = '\r\n\r\n'

/**
 * One kept-alive HTTPS connection that sends ready-made bytes and reads answers with a
 * `Content-Length`. Far cheaper than `fetch`, so that the load takes little from the server that
 * shares the processor with it.
 */
export class HttpsConnection {
  #socket: Socket | undefined
  #unsent: Uint8Array = new Uint8Array()
  #received = ''
  #waiting: PromiseWithResolvers<Answer> | undefined
  #failure: Error | undefined

  /** Connects and shakes hands; rejects if either fails. */
  static async open({ port, ca }: Target): Promise<HttpsConnection> {
    const connection = new HttpsConnection()
    const ready = Promise.withResolvers<void>()
    const fail = (error: Error) => {
      ready.reject(error)
      connection.#fail(error)
    }
    await Bun.connect({
      hostname: '127.0.0.1',
      port,
      tls: { ca },
      socket: {
        handshake(socket, _, error) {
          if (error !== null) return fail(error)
          connection.#socket = socket
          ready.resolve()
        },
        data: (_, bytes) => connection.#read(bytes),
        drain: () => connection.#flush(),
        close: () => fail(new Error(`port ${port} closed the connection`)),
        error: (_, error) => fail(error),
      },
    })
    await ready.promise
    return connection
  }

  /** Sends a whole request; one at a time. */
  send(request: Uint8Array): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    this.#waiting = Promise.withResolvers<Answer>()
    this.#unsent = request
    this.#flush()
    return this.#waiting.promise
  }

  close(): void {
    this.#socket?.end()
  }

  #flush(): void {
    const sent = this.#socket?.write(this.#unsent) ?? 0
    this.#unsent = this.#unsent.subarray(sent)
  }

  #read(bytes: Buffer): void {
    this.#received += bytes.toString('latin1')
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1]
    if (length === undefined) {
      this.#fail(new Error('an answer has no Content-Length'))
      return
    }
    const bodyStart = headEnd + HEAD_END.length
    if (this.#received.length < bodyStart + Number(length)) return
    const answer = {
      status: Number(this.#received.slice(9, 12)),
      body: this.#received.slice(bodyStart),
    }
    this.#received = ''
    this.#waiting?.resolve(answer)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#waiting?.reject(error)
  }
}

/** Renders a request as the bytes of HTTP/1.1. */
export function renderRequest(method: string, path: string, body = ''): Uint8Array {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}${HEAD_END}${body}`)
}
