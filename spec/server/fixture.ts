import { connect } from 'node:tls'
import type { AdmissionRequest } from '../../src/admission/request.ts'
import type { Admission } from '../../src/admission/verdict.ts'
import type { Service } from '../../src/server/app.ts'
import type { Deadline } from '../../src/server/deadline.ts'
import { type RunningServer, startServer } from '../../src/server/start.ts'
import { checkServerCertificate } from '../../src/server/tls.ts'
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueServerCertificate,
} from '../support/certificate.ts'

/** A service that notes what it hears and admits everything, unless it is told otherwise. */
export class NotingService implements Service {
  readonly requests: AdmissionRequest[] = []
  receivedCount = 0
  readonly failures: { readonly error: unknown; readonly uid: string | undefined }[] = []
  ready = true
  /** Runs instead of the plain admission. */
  decide: ((request: AdmissionRequest, signal: AbortSignal) => Promise<Admission>) | undefined

  async admit(request: AdmissionRequest, { signal }: Deadline): Promise<Admission> {
    this.requests.push(request)
    return this.decide?.(request, signal) ?? admitted(request)
  }

  received(): void {
    this.receivedCount++
  }

  async metrics() {
    return { contentType: 'text/plain; version=0.0.4', text: `received ${this.receivedCount}\n` }
  }

  async conditions() {
    const reason = this.ready ? {} : { reason: 'it is not' }
    return [
      { name: 'configuration', ok: true },
      { name: 'spec', ok: this.ready, ...reason },
    ]
  }

  reportFailure(error: unknown, uid?: string): void {
    this.failures.push({ error, uid })
  }
}

/** Admits a request untouched. */
export function admitted(request: AdmissionRequest): Admission {
  return { request, verdicts: [], decision: { admitted: true, patch: [], warnings: [] } }
}

/** What messages call the certificate and its key. */
export const NAMES = { cert: 'tls.crt', key: 'tls.key' }

type Body = NonNullable<RequestInit['body']>

/** A webhook that listens on a free port of the loopback. */
export interface Webhook {
  readonly service: NotingService
  readonly server: RunningServer
  readonly url: string
  readonly authority: CertificateAuthority
  /** As `fetch`, below `url`, on a connection of its own. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  post(body: Body, path?: string, contentType?: string): Promise<Response>
}

/** Starts a webhook; the caller stops its `server`. `handOver` is that of `startServer`. */
export async function startWebhook(handOver?: () => Promise<void>): Promise<Webhook> {
  const authority = await createCertificateAuthority()
  const { cert, key } = await issueServerCertificate(authority)
  const service = new NotingService()
  const address = { hostname: '127.0.0.1', port: 0 }
  const certificate = checkServerCertificate({ cert, key }, NAMES)
  const server = startServer(service, address, certificate, handOver)
  const url = `https://${server.address}`
  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, keepalive: false, tls: { ca: authority.cert } })
  return {
    service,
    server,
    url,
    authority,
    fetch: send,
    post: (body, path = '/mutate', contentType = 'application/json') =>
      send(path, { method: 'POST', body, headers: { 'content-type': contentType } }),
  }
}

/** A raw connection, for what `fetch` does not send. */
export interface RawConnection {
  write(text: string): void
  end(): void
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>
  /** Resolves to the next whole head, or to all there was when the other side has closed. */
  answer(): Promise<string>
}

/** Opens a raw connection and waits for its TLS handshake. */
export async function openConnection({ server, authority }: Webhook): Promise<RawConnection> {
  const { hostname, port } = new URL(`https://${server.address}`)
  const socket = connect({ host: hostname, port: Number(port), ca: authority.cert })
  const [ready, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let received = ''
  let isClosed = false
  socket.on('secureConnect', ready.resolve)
  socket.on('error', ready.reject)
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1')
  })
  socket.on('close', () => {
    isClosed = true
    closed.resolve()
  })
  await ready.promise
  return {
    write: (text) => void socket.write(text),
    end: () => void socket.destroy(),
    closed: closed.promise,
    async answer() {
      while (!isClosed && !received.includes('\r\n\r\n')) await Bun.sleep(1)
      const answer = received
      received = ''
      return answer
    },
  }
}
