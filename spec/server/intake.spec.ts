import { expect, test } from 'bun:test'
import { MAX_REVIEW_BYTES } from '../../src/admission/review.ts'
import { Intake } from '../../src/server/intake.ts'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'
import { admitted, startWebhook } from './fixture.ts'

const LARGE = String(MAX_REVIEW_BYTES)
const REFUSAL = 'too much is asked at the same time, try again'

/** How many requests are taken in before one is refused. */
function count(intake: Intake, announced: string | null): number {
  for (let taken = 0; ; taken++) {
    try {
      intake.enter(announced)
    } catch (error) {
      expect(error).toMatchObject({ status: 503, message: REFUSAL })
      return taken
    }
  }
}

test('small requests are bounded in number', () => {
  expect(count(new Intake(), '100')).toBe(4096)
})

test.each([LARGE, null, 'many', '-1', '1e99', String(2 ** 53)])(
  'large ones, and those of which it is not known, in bytes: %p',
  (announced) => {
    expect(count(new Intake(), announced)).toBe(9)
  },
)

test('what was let go makes room', () => {
  const intake = new Intake()
  for (let round = 0; round < 5; round++) {
    const leave = Array.from({ length: 9 }, () => intake.enter(LARGE))
    expect(() => intake.enter(LARGE)).toThrow(REFUSAL)
    for (const each of leave) each()
  }
  expect(count(intake, LARGE)).toBe(9)
})

test('the webhook refuses what is too much and answers it when there is room again', async () => {
  const webhook = await startWebhook()
  const decided = Promise.withResolvers<void>()
  webhook.service.decide = async (request) => {
    await decided.promise
    return admitted(request)
  }
  const review = JSON.stringify(admissionReview({ object: pod('app:1') }))
  const large = review.padEnd(MAX_REVIEW_BYTES)
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
