import type { Socket, TCPSocketListener } from 'bun'

/** The head of a request; bodies are not read. */
export interface RequestHead {
  readonly method: string
  /** As sent, query included. */
  readonly path: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** Writes an answer, byte by byte as it likes; the connection is kept alive after it. */
export type Answer = (request: RequestHead, connection: Connection) => Promise<void>

/** How to listen. */
export interface ListenOptions {
  readonly hostname: string
  /** 0 takes a free one. */
  readonly port: number
  /** PEM; without it the server speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
}

/**
 * Listens for HTTP/1.1. `Bun.serve` always sends correct messages, so a server that has to cut,
 * reset and lie is made of sockets.
 */
export function listen(
  options: ListenOptions,
  answer: Answer,
): TCPSocketListener<Connection | undefined> {
  const { hostname, port, tls } = options
  return Bun.listen<Connection | undefined>({
    hostname,
    port,
    ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
    socket: {
      open: (socket) => {
        socket.data = new Connection(socket, answer)
      },
      data: (socket, chunk) => socket.data?.receive(chunk),
      drain: (socket) => socket.data?.settle(),
      close: (socket) => socket.data?.settle(),
      // Without it Bun reports a failed TLS handshake as an unhandled error; no `open` came before.
      error: (socket) => socket.data?.settle(),
    },
  })
}

/** One client's connection, which answers its requests one after the other. */
export class Connection {
  readonly #socket: Socket<Connection | undefined>
  readonly #answer: Answer
  #received = ''
  #answering = false
  #wake: (() => void) | undefined

  constructor(socket: Socket<Connection | undefined>, answer: Answer) {
    this.#socket = socket
    this.#answer = answer
  }

  /** Whether somebody is still there to read. */
  get isOpen(): boolean {
    return this.#socket.readyState > 0
  }

  /** Takes what the client sent. */
  receive(chunk: Uint8Array): void {
    this.#received += Buffer.from(chunk).toString('latin1')
    if (!this.#answering) void this.#answerAll()
  }

  /** Lets a waiting `write` go on, because there is room or because there is nobody any more. */
  settle(): void {
    this.#wake?.()
  }

  /** Writes all bytes at the client's pace; false once the client has gone. */
  async write(data: string | Uint8Array): Promise<boolean> {
    let rest: Uint8Array = Buffer.from(data)
    while (this.isOpen) {
      const written = this.#socket.write(rest)
      if (written < 0) return false
      rest = rest.subarray(written)
      if (rest.length === 0) return true
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
    return false
  }

  /** Closes in an orderly way after what has been written. */
  end(): void {
    this.#socket.end()
  }

  /** Resets the connection. */
  reset(): void {
    this.#socket.terminate()
  }

  async #answerAll(): Promise<void> {
    this.#answering = true
    for (let end = this.#headEnd(); end > 0 && this.isOpen; end = this.#headEnd()) {
      const head = this.#received.slice(0, end)
      this.#received = this.#received.slice(end)
      const [method = '', path = ''] = head.split(' ', 2)
      await this.#answer({ method, path, headers: parseHeaders(head) }, this)
      if (/^connection: *close\r$/im.test(head)) this.end()
    }
    this.#answering = false
  }

  #headEnd(): number {
    const end = this.#received.indexOf('\r\n\r\n')
    return end < 0 ? 0 : end + 4
  }
}

function parseHeaders(head: string): RequestHead['headers'] {
  const lines = head.matchAll(/^([^\s:]+):[ \t]*(.*?)\r$/gm)
  return Object.fromEntries(
    [...lines].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  )
}

/** Renders the head of a response; its body is whatever is written next. */
export function responseHead(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Spec\r\n${lines.join('')}\r\n`
}
