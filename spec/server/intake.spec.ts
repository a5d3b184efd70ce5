import { expect, test } from 'bun:test'
import { MAX_REVIEW_BYTES } from '../../src/admission/review.ts'
import { Intake } from '../../src/server/intake.ts'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'
import { admitted, openConnection, startWebhook } from './fixture.ts'

const REFUSAL = 'too much is asked at the same time, try again'
const REVIEW = JSON.stringify(admissionReview({ object: pod('app:1') }))

/** How many requests of so many bytes are taken in before one is refused. */
function count(intake: Intake, bytes: number): number {
  for (let taken = 0; ; taken++) {
    try {
      intake.enter().hold(bytes)
    } catch (error) {
      expect(error).toMatchObject({ status: 503, message: REFUSAL })
      return taken
    }
  }
}

test('small requests are bounded in number', () => {
  expect(count(new Intake(), 100)).toBe(4096)
})

test('large ones in bytes, however many pieces they come in', () => {
  expect(count(new Intake(), MAX_REVIEW_BYTES)).toBe(9)
  const { hold } = new Intake().enter()
  for (let piece = 0; piece < 64; piece++) hold(1024 * 1024)
  expect(() => hold(1)).toThrow(REFUSAL)
})

test('what was let go makes room', () => {
  const intake = new Intake()
  for (let round = 0; round < 5; round++) {
    const taken = Array.from({ length: 9 }, () => intake.enter())
    for (const { hold } of taken) hold(MAX_REVIEW_BYTES)
    expect(() => intake.enter().hold(MAX_REVIEW_BYTES)).toThrow(REFUSAL)
    for (const { leave } of taken) leave()
  }
  expect(count(intake, MAX_REVIEW_BYTES)).toBe(9)
})

test('what comes after its request was let go is not held', () => {
  const intake = new Intake()
  const { hold, leave } = intake.enter()
  leave()
  expect(() => hold(MAX_REVIEW_BYTES)).toThrow(REFUSAL)
  expect(count(intake, MAX_REVIEW_BYTES)).toBe(9)
})

test('the webhook refuses what is too much and answers it when there is room again', async () => {
  const webhook = await startWebhook()
  const decided = Promise.withResolvers<void>()
  webhook.service.decide = async (request) => {
    await decided.promise
    return admitted(request)
  }
  const large = REVIEW.padEnd(MAX_REVIEW_BYTES)
  const inHand = Array.from({ length: 9 }, () => webhook.post(large))
  while (webhook.service.requests.length < 9) await Bun.sleep(1)
  const refused = await webhook.post(large)
  expect([refused.status, await refused.json()]).toEqual([503, { error: REFUSAL }])
  expect((await webhook.fetch('/health')).status).toBe(200)
  decided.resolve()
  for (const each of await Promise.all(inHand)) expect(each.status).toBe(200)
  expect((await webhook.post(large)).status).toBe(200)
  await webhook.server.stop()
}, 30_000)

test('what is announced and does not come takes no room from others', async () => {
  const webhook = await startWebhook()
  const head = `Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${MAX_REVIEW_BYTES}`
  const idle = await Promise.all(Array.from({ length: 20 }, () => openConnection(webhook)))
  for (const { write } of idle) write(`POST /mutate HTTP/1.1\r\n${head}\r\n\r\n{`)
  while (webhook.service.receivedCount < idle.length) await Bun.sleep(1)
  expect((await webhook.post(REVIEW.padEnd(MAX_REVIEW_BYTES))).status).toBe(200)
  for (const { end } of idle) end()
  await webhook.server.stop()
  expect(webhook.service.failures).toEqual([])
}, 30_000)
