import type { TCPSocketListener } from 'bun'
import { type CertificateAuthority, issueServerCertificate } from '../../support/certificate.ts'
import { type Connection, listen, type RequestHead } from '../../support/http-server.ts'
import { type Fault, sendFault, sendFile } from '../../support/notary/fault.ts'
import type { Notary } from './notary-servers.ts'

/**
 * Stands between the program under test and a real notary-server: passes requests on, counts them,
 * and does what it is told instead. It speaks TLS itself, so that faults can be for one path only.
 */
export class FaultProxy {
  /** By a part of the path; all paths have the empty one. The first that fits counts. */
  readonly faults = new Map<string, Fault>()
  /** Files that are served in place of the server's own, by path; undefined is a 404. */
  readonly files = new Map<string, Uint8Array | undefined>()
  readonly requests: RequestHead[] = []
  readonly connections = new Set<Connection>()
  readonly #notary: Notary
  readonly #tls: { readonly cert: string; readonly key: string }
  readonly #authority: string
  #port = 0
  #listener: TCPSocketListener<Connection | undefined> | undefined

  private constructor(
    notary: Notary,
    tls: { readonly cert: string; readonly key: string },
    authority: string,
  ) {
    this.#notary = notary
    this.#tls = tls
    this.#authority = authority
  }

  /** Starts with a certificate of the authority. */
  static async start(notary: Notary, authority: CertificateAuthority): Promise<FaultProxy> {
    const tls = await issueServerCertificate(authority)
    const proxy = new FaultProxy(notary, tls, authority.cert)
    proxy.open()
    return proxy
  }

  /** As a configuration needs it. */
  get notary(): { readonly forwardedUrl: string; readonly authority: string } {
    return { forwardedUrl: `https://127.0.0.1:${this.#port}`, authority: this.#authority }
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** What was asked since the last call, without directories and hashes. */
  takeRequests(): readonly string[] {
    const paths = this.requests.splice(0).map(({ path }) => path)
    return paths.map((path) =>
      path.replace(/^.*\/_trust\/tuf\//, '').replace(/\.[0-9a-f]{64}\.json$/, '.json'),
    )
  }

  open(): void {
    const where = { hostname: '127.0.0.1', port: this.#port, tls: this.#tls }
    this.#listener = listen(where, (request, connection) => this.#answer(request, connection))
    this.#port = this.#listener.port
  }

  /** Refuses connections from now on and drops those that stand. */
  close(): void {
    this.#listener?.stop(true)
  }

  async #answer(request: RequestHead, connection: Connection): Promise<void> {
    this.requests.push(request)
    this.connections.add(connection)
    const { status, body, headers } = await this.#fetch(request)
    const fault = [...this.faults].find(([part]) => request.path.includes(part))?.[1]
    if (fault !== undefined) return sendFault(fault, connection, request.path, body)
    return sendFile(connection, body, status, headers)
  }

  async #fetch({ path, headers }: RequestHead) {
    if (this.files.has(path)) {
      const body = this.files.get(path)
      return { status: body ? 200 : 404, body: body ?? new Uint8Array(), headers: {} }
    }
    const { authorization } = headers
    const response = await fetch(`${this.#notary.url}${path}`, {
      tls: { ca: this.#notary.authority },
      headers: authorization === undefined ? {} : { authorization },
    })
    const challenge = response.headers.get('www-authenticate')
    return {
      status: response.status,
      body: await response.bytes(),
      headers: challenge === null ? {} : { 'WWW-Authenticate': challenge },
    }
  }
}
