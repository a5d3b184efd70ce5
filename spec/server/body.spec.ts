import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { MAX_REVIEW_BYTES } from '../../src/admission/review.ts'
import { readBody } from '../../src/server/body.ts'
import { Deadline } from '../../src/server/deadline.ts'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'
import { openConnection, startWebhook, type Webhook } from './fixture.ts'

const REVIEW = JSON.stringify(admissionReview({ object: pod('app:1') }))
const REASON = `the body has more than ${MAX_REVIEW_BYTES} bytes`
const PIECE = new Uint8Array(65_536).fill(0x20)

let webhook: Webhook
beforeAll(async () => {
  webhook = await startWebhook()
})
afterAll(() => webhook.server.stop())

/** A body that comes in pieces, unannounced, for ever unless it is cancelled. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(PIECE)
      await Bun.sleep(0)
    },
  })
}

async function expectServing(): Promise<void> {
  expect((await webhook.post(REVIEW)).status).toBe(200)
}

describe('hole 10: a body over the limit', () => {
  test('of 7 MiB to the byte is taken', async () => {
    expect((await webhook.post(REVIEW.padEnd(MAX_REVIEW_BYTES))).status).toBe(200)
  })

  test('that is announced is refused with 413', async () => {
    const response = await webhook.post(REVIEW.padEnd(MAX_REVIEW_BYTES + 1))
    expect([response.status, await response.json()]).toEqual([413, { error: REASON }])
    await expectServing()
  })

  test('that is announced is refused before it is sent', async () => {
    const connection = await openConnection(webhook)
    const length = `Content-Length: ${MAX_REVIEW_BYTES + 1}`
    const head = `Host: localhost\r\nContent-Type: application/json\r\n${length}`
    connection.write(`POST /mutate HTTP/1.1\r\n${head}\r\n\r\n`)
    expect(await connection.answer()).toStartWith('HTTP/1.1 413 ')
    connection.end()
    await expectServing()
  })

  test('that is not announced is refused with 413 while it still comes', async () => {
    const response = await webhook.post(endless())
    expect([response.status, await response.json()]).toEqual([413, { error: REASON }])
    await expectServing()
  })
})

test('a body of two lengths, announced and chunked, is refused (RFC 9112, 6.3)', async () => {
  const connection = await openConnection(webhook)
  const lengths = 'Content-Length: 5\r\nTransfer-Encoding: chunked'
  const head = `Host: localhost\r\nContent-Type: application/json\r\n${lengths}`
  connection.write(`POST /mutate HTTP/1.1\r\n${head}\r\n\r\n`)
  expect(await connection.answer()).toStartWith('HTTP/1.1 400 ')
  connection.end()
  await expectServing()
})

test('a small body counts with what it announces, a larger one with what has come', async () => {
  const holdOf = async (announced: number, length: number) => {
    let held = 0
    const taken = {
      hold(bytes: number) {
        held += bytes
      },
      leave() {},
    }
    const headers = { 'content-length': String(announced) }
    const body = 'x'.repeat(length)
    const deadline = new Deadline(1000)
    await readBody(
      new Request('http://localhost/', { method: 'POST', body, headers }),
      deadline,
      taken,
    )
    deadline.clear()
    return held
  }
  expect([await holdOf(65_536, 10), await holdOf(65_537, 10)]).toEqual([65_536, 10])
})

describe('a body that does not come', () => {
  test('is refused with 408 at the deadline', async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('{"apiVersion":')),
    })
    const response = await webhook.post(body, '/mutate?timeout=100ms')
    expect([response.status, await response.json()]).toEqual([
      408,
      { error: 'the body did not arrive in time' },
    ])
    await expectServing()
  })

  test.each([5000, 5_000_000])(
    'because the client went away is no failure (%d)',
    async (length) => {
      const connection = await openConnection(webhook)
      const head = `Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}`
      connection.write(`POST /mutate?timeout=100ms HTTP/1.1\r\n${head}\r\n\r\n{`)
      connection.end()
      await Bun.sleep(150)
      await expectServing()
      expect(webhook.service.failures).toEqual([])
    },
  )
})
