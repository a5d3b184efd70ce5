import { expect, test } from 'bun:test'
import { startServer } from '../../src/server/start.ts'
import { checkServerCertificate } from '../../src/server/tls.ts'
import { admissionReview } from '../support/admission-review.ts'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { pod } from '../support/workload.ts'
import { admitted, NAMES, NotingService, openConnection, startWebhook } from './fixture.ts'

const REVIEW = JSON.stringify(admissionReview({ object: pod('app:1') }))

test('a server that stops answers what is in flight and refuses what is new', async () => {
  const { service, server, post, fetch } = await startWebhook()
  const decided = Promise.withResolvers<void>()
  service.decide = async (request) => {
    await decided.promise
    return admitted(request)
  }
  const answer = post(REVIEW)
  while (service.requests.length === 0) await Bun.sleep(1)
  let isStopped = false
  const stopped = server.stop().then(() => {
    isStopped = true
  })
  await expect(fetch('/health')).rejects.toThrow()
  // Longer than anything but the request itself could keep the server.
  await Bun.sleep(400)
  expect(isStopped).toBe(false)
  decided.resolve()
  expect((await answer).status).toBe(200)
  await stopped
})

test('a connection that is kept alive does not keep the server from stopping', async () => {
  const webhook = await startWebhook()
  const connection = await openConnection(webhook)
  connection.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(await connection.answer()).toStartWith('HTTP/1.1 200 ')
  await webhook.server.stop()
  await connection.closed
})

test.each(['', 'POST /mutate HTTP/1.1\r\nHost: loc'])(
  'a connection that asks nothing does not keep the server from stopping: %p',
  async (text) => {
    const webhook = await startWebhook()
    const connection = await openConnection(webhook)
    connection.write(text)
    await webhook.server.stop()
    await connection.closed
  },
)

test('a port that is taken is named', async () => {
  const { server } = await startWebhook()
  const pair = await issueServerCertificate(await createCertificateAuthority())
  const { hostname, port } = new URL(`https://${server.address}`)
  const address = { hostname, port: Number(port) }
  const certificate = checkServerCertificate(pair, NAMES)
  expect(() => startServer(new NotingService(), address, certificate)).toThrow(
    `cannot listen on ${server.address} (EADDRINUSE)`,
  )
  await server.stop()
})
