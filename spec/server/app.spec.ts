import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'
import { openConnection, startWebhook, type Webhook } from './fixture.ts'

const REVIEW = JSON.stringify(admissionReview({ object: pod('app:1'), uid: 'the-uid' }))

let webhook: Webhook
beforeAll(async () => {
  webhook = await startWebhook()
})
afterAll(() => webhook.server.stop())
beforeEach(() => {
  webhook.service.requests.length = 0
  webhook.service.failures.length = 0
  webhook.service.decide = undefined
  webhook.service.ready = true
})

/** Status and reason of an answer, which has to be JSON. */
async function refusalOf(answer: Promise<Response>): Promise<readonly [number, string]> {
  const response = await answer
  expect(response.headers.get('content-type')).toStartWith('application/json')
  const body: unknown = await response.json()
  expect(body).toEqual({ error: expect.any(String) })
  return [response.status, (body as { error: string }).error]
}

describe('POST /mutate', () => {
  test('answers an AdmissionReview under the uid of the request', async () => {
    const response = await webhook.post(REVIEW)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'the-uid', allowed: true },
    })
    expect(webhook.service.requests).toMatchObject([{ uid: 'the-uid' }])
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'takes the content type %s',
    async (type) => {
      expect((await webhook.post(REVIEW, '/mutate', type)).status).toBe(200)
    },
  )

  test.each(['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', 'text/json'])(
    'refuses the content type %s with 415',
    async (type) => {
      expect(await refusalOf(webhook.post(REVIEW, '/mutate', type))).toEqual([
        415,
        `application/json was expected, not ${type}`,
      ])
    },
  )

  test('refuses a body without content type with 415', async () => {
    const body = new TextEncoder().encode(REVIEW)
    const [status] = await refusalOf(webhook.fetch('/mutate', { method: 'POST', body }))
    expect(status).toBe(415)
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '{"apiVersion":'],
    ['v1beta1', REVIEW.replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1')],
    ['no uid', REVIEW.replace('"uid":"the-uid",', '')],
    ['no request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'],
  ])('refuses %s with 400 and what was expected', async (_, body) => {
    const [status, reason] = await refusalOf(webhook.post(body))
    expect(status).toBe(400)
    expect(reason).toMatch(/an AdmissionReview (?:of admission\.k8s\.io\/v1 )?was expected/)
    expect(webhook.service.requests).toEqual([])
  })

  test('hands on invalid UTF-8, so that it is denied under its uid', async () => {
    const body = Buffer.from(REVIEW.replace('app:1', 'app:\u00ff'), 'latin1')
    expect((await webhook.post(body)).status).toBe(200)
    const { requests } = webhook.service
    const fault = 'object.spec.containers[0].image is not valid UTF-8'
    expect(requests).toMatchObject([{ workload: { images: { fault } } }])
  })

  test('denies under the uid when the decision fails, says nothing of it and reports it', async () => {
    const error = new Error('s3cret')
    webhook.service.decide = () => Promise.reject(error)
    const response = await webhook.post(REVIEW)
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({
      response: { uid: 'the-uid', allowed: false, status: { code: 500 } },
    })
    expect(text).not.toContain('s3cret')
    expect(webhook.service.failures).toEqual([{ error, uid: 'the-uid' }])
  })
})

describe('a wrong method is refused with 405', () => {
  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s /mutate', async (method) => {
    expect(await refusalOf(webhook.fetch('/mutate', { method }))).toEqual([
      405,
      `POST was expected, not ${method}`,
    ])
  })

  test.each(['/health', '/ready'])('POST %s', async (path) => {
    expect(await refusalOf(webhook.fetch(path, { method: 'POST' }))).toEqual([
      405,
      'GET was expected, not POST',
    ])
  })
})

test.each(['/', '/validate', '/mutate/x', '/MUTATE', '/%ff', '/%00', '/..%2fmutate', '/metric'])(
  'an unknown path is refused with 404: %s',
  async (path) => {
    expect(await refusalOf(webhook.post(REVIEW, path))).toEqual([404, 'there is no such path'])
  },
)

test.each(['a b', '', '../..', '%', 'localhost:99999', '[', 'x'.repeat(5000)])(
  'a Host header that is none is no failure: %p',
  async (host) => {
    const connection = await openConnection(webhook)
    const head = `Content-Type: application/json\r\nContent-Length: ${REVIEW.length}`
    connection.write(
      `POST /mutate?timeout=5s HTTP/1.1\r\nHost: ${host}\r\n${head}\r\n\r\n${REVIEW}`,
    )
    expect(await connection.answer()).toMatch(/^HTTP\/1\.1 (?:200|4\d\d) /)
    connection.end()
    expect(webhook.service.failures).toEqual([])
  },
)

test.each([
  'garbage\r\n\r\n',
  'GET * HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /health HTTP/1.1\r\n\r\n',
  'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
  'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
])('text that is no request leaves the server well: %p', async (text) => {
  const connection = await openConnection(webhook)
  connection.write(text)
  expect(await connection.answer()).toMatch(/^(?:HTTP\/1\.1 400 |$)/)
  connection.end()
  expect((await webhook.fetch('/health')).status).toBe(200)
})

describe('the probes', () => {
  test('GET /health answers whatever is not ready', async () => {
    webhook.service.ready = false
    const response = await webhook.fetch('/health')
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
  })

  test('GET /ready is 200 when all conditions hold', async () => {
    const response = await webhook.fetch('/ready')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ ready: true })
  })

  test('GET /ready is 503 when one does not, and says which and why', async () => {
    webhook.service.ready = false
    const response = await webhook.fetch('/ready')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({
      ready: false,
      conditions: [
        { name: 'configuration', ok: true },
        { name: 'spec', ok: false, reason: 'it is not' },
      ],
    })
  })
})
