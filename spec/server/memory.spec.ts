import { heapStats } from 'bun:jsc'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'
import { admitted, startWebhook, type Webhook } from './fixture.ts'

const REQUESTS = 5

/** Half a million empty objects in 1.5 MB, as an API server hands them on before it validates them. */
const EMPTY_OBJECTS = 500_000

let webhook: Webhook
beforeAll(async () => {
  webhook = await startWebhook()
})
afterAll(() => webhook.server.stop())

/** How many objects there are that something still refers to. */
function countObjects(): number {
  Bun.gc(true)
  return heapStats().objectCount
}

test('hole 10: reviews of many empty objects weigh nothing while a verification waits', async () => {
  const { promise: verified, resolve: verify } = Promise.withResolvers<void>()
  webhook.service.decide = async (request) => {
    await verified
    return admitted(request)
  }
  const object = { ...pod('app:1'), status: 'MARK' }
  const empty = `[${'{},'.repeat(EMPTY_OBJECTS)}{}]`
  const body = JSON.stringify(admissionReview({ object })).replace('"MARK"', empty)
  const before = countObjects()
  const answers = Array.from({ length: REQUESTS }, () => webhook.post(body))
  while (webhook.service.requests.length < REQUESTS) await Bun.sleep(1)
  const kept = countObjects() - before
  verify()
  // One may be in a register still.
  expect(kept).toBeLessThan(1.5 * EMPTY_OBJECTS)
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
})
