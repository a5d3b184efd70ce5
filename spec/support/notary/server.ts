import type { TCPSocketListener } from 'bun'
import { type Connection, type ListenOptions, listen, type RequestHead } from '../http-server.ts'
import { type Fault, sendFault, sendFile } from './fault.ts'
import type { RoleName } from './metadata.ts'

/** What the server needs of a repository: its files by the last part of their URL. */
export interface ServedRepository {
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** How to start. */
export interface NotaryOptions {
  /** PEM; without it the server speaks plain HTTP. */
  readonly tls?: ListenOptions['tls']
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0, a free one. */
  readonly port?: number
}

const FILE = /^\/v2\/(.+)\/_trust\/tuf\/((?:(\d+)\.)?([^.]+?)(?:\.([0-9a-f]{64}))?\.json)$/
const JSON_HEADERS = { 'Content-Type': 'application/json; charset=utf-8' }
const NOT_FOUND = Buffer.from(
  `${JSON.stringify({
    errors: [
      {
        code: 'METADATA_NOT_FOUND',
        message: 'You have requested metadata that does not exist.',
        detail: null,
      },
    ],
  })}\n`,
)

/** Starts a Notary server that serves whatever is in its `repositories`. */
export function startNotary(options: NotaryOptions = {}): EmbeddedNotary {
  const notary = new EmbeddedNotary(options)
  notary.start()
  return notary
}

/** A running Notary server. Its maps are live: a change counts from the next request on. */
export class EmbeddedNotary {
  /** By GUN. */
  readonly repositories = new Map<string, ServedRepository>()
  /** By role, whatever the name of the file that is asked for; `*` for all that have no own. */
  readonly faults = new Map<RoleName | '*', Fault>()
  /** All that was asked, in order. */
  readonly requests: RequestHead[] = []
  readonly #options: NotaryOptions
  #port: number
  #listener: TCPSocketListener<Connection | undefined> | undefined

  constructor(options: NotaryOptions) {
    this.#options = options
    this.#port = options.port ?? 0
  }

  /** The base URL, without a slash at its end; the same after a restart. */
  get url(): string {
    const scheme = this.#options.tls === undefined ? 'http' : 'https'
    return `${scheme}://${this.host}`
  }

  /** Host and port, as a registry name in a GUN has them. */
  get host(): string {
    return `${this.#options.host ?? '127.0.0.1'}:${this.#port}`
  }

  /** Listens, after a `stop` on the same port as before. */
  start(): void {
    if (this.#listener !== undefined) return
    const hostname = this.#options.host ?? '127.0.0.1'
    const { tls } = this.#options
    this.#listener = listen({ hostname, port: this.#port, tls }, this.#answer)
    this.#port = this.#listener.port
  }

  /** Refuses connections from now on and drops those that are open. */
  stop(): void {
    this.#listener?.stop(true)
    this.#listener = undefined
  }

  readonly #answer = async (request: RequestHead, connection: Connection): Promise<void> => {
    this.requests.push(request)
    const path = decodePath(request.path)
    const [, gun = '', name = '', , role = ''] = FILE.exec(path) ?? []
    const fault = this.faults.get(role as RoleName) ?? this.faults.get('*')
    const body = this.repositories.get(gun)?.files.get(name)
    if (fault !== undefined) {
      return sendFault(fault, connection, request.path, body ?? new Uint8Array())
    }
    if (request.method === 'GET' && body !== undefined) return sendFile(connection, body)
    const isUp = path === '/_notary_server/health' || path === '/v2/'
    if (request.method === 'GET' && isUp) {
      return sendFile(connection, Buffer.from('{}'), 200, JSON_HEADERS)
    }
    return sendFile(connection, NOT_FOUND, 404, JSON_HEADERS)
  }
}

/** Without the query; unlike `decodeURIComponent` it throws on no input. */
function decodePath(path: string): string {
  return path
    .replace(/\?.*$/, '')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
