import type { Socket, TCPSocketListener } from 'bun'

/** What is wrong with a server: nothing, silence, refused writes, nonsense, or endless replies. */
export type RedisFault = 'none' | 'silent' | 'full' | 'garbage' | 'endless'

interface Session {
  received: Buffer
}

/** As much of Redis as the program uses, in this process: HELLO, GETRANGE and SET, over RESP3. */
export class EmbeddedRedis {
  readonly entries = new Map<string, string>()
  /** Every command, in order. */
  readonly commands: (readonly string[])[] = []
  fault: RedisFault = 'none'
  readonly port: number
  /** How many connections were made. */
  connections = 0
  readonly #sockets = new Set<Socket<Session>>()
  readonly #listener: TCPSocketListener<Session>

  constructor(
    tls?: { readonly cert: string; readonly key: string; readonly ca?: string },
    port = 0,
  ) {
    this.#listener = Bun.listen<Session>({
      hostname: '127.0.0.1',
      port,
      ...(tls && {
        tls: { ...tls, ...(tls.ca && { requestCert: true, rejectUnauthorized: true }) },
      }),
      socket: {
        open: (socket) => {
          this.connections++
          this.#sockets.add(socket)
          socket.data = { received: Buffer.alloc(0) }
        },
        data: (socket, bytes) => this.#receive(socket, bytes),
        close: (socket) => void this.#sockets.delete(socket),
        error: () => {},
      },
    })
    this.port = this.#listener.port
  }

  /** Closes what is connected, as a restart does. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.end()
  }

  stop(): void {
    this.#listener.stop(true)
  }

  #receive(socket: Socket<Session>, bytes: Buffer): void {
    socket.data.received = Buffer.concat([socket.data.received, bytes])
    for (;;) {
      const parsed = parseCommand(socket.data.received)
      if (parsed === undefined) return
      socket.data.received = socket.data.received.subarray(parsed.length)
      this.commands.push(parsed.command)
      socket.write(this.#answer(parsed.command))
    }
  }

  #answer([name = '', key = '', ...rest]: readonly string[]): string {
    if (name === 'HELLO') return '%1\r\n$5\r\nproto\r\n:3\r\n'
    switch (this.fault) {
      case 'silent':
        return ''
      case 'garbage':
        return 'HTTP/1.1 400 Bad Request\r\n\r\n'
      case 'endless':
        return `$1000000000\r\n${'x'.repeat(1_000_000)}`
      case 'full':
        if (name === 'SET') return "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
    }
    switch (name) {
      case 'GETRANGE': {
        const [first = 0, last = 0] = rest.map(Number)
        return bulk((this.entries.get(key) ?? '').slice(first, last + 1))
      }
      case 'SET':
        this.entries.set(key, rest[0] ?? '')
        return '+OK\r\n'
      default:
        return `-ERR unknown command '${name}'\r\n`
    }
  }
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}

/** Reads one array of bulk strings, if all of it is there. */
function parseCommand(received: Buffer) {
  let at = 0
  const line = (): string | undefined => {
    const end = received.indexOf('\r\n', at)
    if (end < 0) return undefined
    const text = received.toString('utf8', at, end)
    at = end + 2
    return text
  }
  const count = Number(line()?.slice(1) ?? Number.NaN)
  const command: string[] = []
  while (command.length < count) {
    const length = Number(line()?.slice(1) ?? Number.NaN)
    if (Number.isNaN(length) || received.length < at + length + 2) return undefined
    command.push(received.toString('utf8', at, at + length))
    at += length + 2
  }
  return command.length > 0 ? { command, length: at } : undefined
}
