import { afterEach, beforeEach, expect, test } from 'bun:test'
import { connect } from 'node:tls'
import { type RunningServer, startServer } from '../../src/server/start.ts'
import { checkServerCertificate } from '../../src/server/tls.ts'
import { admissionReview } from '../support/admission-review.ts'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { pod } from '../support/workload.ts'
import {
  admitted,
  NAMES,
  NotingService,
  openConnection,
  startWebhook,
  type Webhook,
} from './fixture.ts'

let webhook: Webhook
/** How long the listener of before is kept: not at all, or until a spec has seen enough. */
let handOver: () => Promise<void>
beforeEach(async () => {
  handOver = async () => {}
  webhook = await startWebhook(() => handOver())
})
afterEach(() => webhook.server.stop())

const issue = async (names = {}) =>
  checkServerCertificate(await issueServerCertificate(webhook.authority, names), NAMES)

/** The fingerprint of the certificate that a new connection gets. */
async function fingerprint({ address }: RunningServer): Promise<string> {
  const { hostname, port } = new URL(`https://${address}`)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ host: hostname, port: Number(port), ca: webhook.authority.cert }, () =>
    resolve(socket.getPeerCertificate().fingerprint256),
  )
  socket.on('error', reject)
  const found = await promise
  socket.destroy()
  return found
}

test('new connections get the new certificate, and only that', async () => {
  const before = await fingerprint(webhook.server)
  await webhook.server.replaceCertificate(await issue())
  const after = await Promise.all(Array.from({ length: 40 }, () => fingerprint(webhook.server)))
  expect(after).not.toContain(before)
  expect(new Set(after).size).toBe(1)
})

test('while the listener of before still takes what waits in it, it gets nothing new', async () => {
  const before = await fingerprint(webhook.server)
  let found: readonly string[] = []
  handOver = async () => {
    found = await Promise.all(Array.from({ length: 40 }, () => fingerprint(webhook.server)))
  }
  await webhook.server.replaceCertificate(await issue())
  expect(found).toHaveLength(40)
  expect(found).not.toContain(before)
})

test('a connection that was there is answered once more, and closed with that', async () => {
  const connection = await openConnection(webhook)
  await webhook.server.replaceCertificate(await issue())
  connection.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const head = await connection.answer()
  expect(head).toStartWith('HTTP/1.1 200 ')
  expect(head.toLowerCase()).toContain('connection: close')
  await connection.closed
})

test('no request is lost while certificates are replaced under load', async () => {
  const failures: unknown[] = []
  const clients = [true, true, false, false, false].map((keepalive) => ({ keepalive, asked: 0 }))
  let isOver = false
  const ask = async (client: (typeof clients)[number]) => {
    const { keepalive } = client
    for (; !isOver; client.asked++) {
      try {
        const { url, authority } = webhook
        const response = await fetch(`${url}/health`, { keepalive, tls: { ca: authority.cert } })
        await response.text()
      } catch (error) {
        failures.push(error)
      }
    }
  }
  const done = clients.map(ask)
  // Whoever was opening a connection has had an answer by then, however busy the machine is.
  handOver = async () => {
    const enough = clients.map((client) => ({ client, asked: client.asked + 5 }))
    while (enough.some(({ client, asked }) => client.asked < asked)) await Bun.sleep(1)
  }
  for (let count = 0; count < 3; count++) await webhook.server.replaceCertificate(await issue())
  isOver = true
  await Promise.all(done)
  expect(failures).toEqual([])
}, 60_000)

test('a certificate that cannot be served changes nothing', async () => {
  const before = await fingerprint(webhook.server)
  const broken = { ...(await issue()), key: 'no key' }
  await expect(webhook.server.replaceCertificate(broken)).rejects.toThrow('cannot listen on')
  expect(await fingerprint(webhook.server)).toBe(before)
})

test('a server that stops waits for what its certificates of before are answering', async () => {
  const { service, server, post } = webhook
  const decided = Promise.withResolvers<void>()
  service.decide = async (request) => {
    await decided.promise
    return admitted(request)
  }
  const answer = post(JSON.stringify(admissionReview({ object: pod('app:1') })))
  while (service.requests.length === 0) await Bun.sleep(1)
  await server.replaceCertificate(await issue())
  const stopped = server.stop()
  decided.resolve()
  expect((await answer).status).toBe(200)
  await stopped
})

test('a port that another program shares is not taken too', async () => {
  const other = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    reusePort: true,
    fetch: () => new Response(),
  })
  const certificate = checkServerCertificate(
    await issueServerCertificate(await createCertificateAuthority()),
    NAMES,
  )
  const address = { hostname: '127.0.0.1', port: Number(other.port) }
  try {
    expect(() => startServer(new NotingService(), address, certificate)).toThrow('EADDRINUSE')
  } finally {
    await other.stop(true)
  }
})
