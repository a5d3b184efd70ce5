import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { readTimeoutMs } from '../../src/server/timeout.ts'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'
import { admitted, startWebhook, type Webhook } from './fixture.ts'

const read = (timeout: string) =>
  readTimeoutMs(`https://localhost/mutate?timeout=${encodeURIComponent(timeout)}`)

describe('the deadline of a request is', () => {
  test.each([
    ['10s', 9_000],
    ['5s', 4_000],
    ['2.5s', 1_500],
    ['30s', 29_000],
    ['1m0s', 29_000],
    ['999999s', 29_000],
    ['2500ms', 1_500],
    ['2s500ms', 1_500],
  ])('the timeout of the API server less a margin: %s', (timeout, ms) => {
    expect(read(timeout)).toBe(ms)
  })

  test.each([
    ['1s', 500],
    ['600ms', 300],
    ['100ms', 50],
    ['0s', 0],
  ])('half of a timeout that leaves no room for the margin: %s', (timeout, ms) => {
    expect(read(timeout)).toBe(ms)
  })

  test.each(['', '10', 's', '-5s', '10s ', ' 10s', '10 s', '1e9s', 'Infinity', '10s;x', '1h'])(
    '10 s where the timeout is none: %p',
    (timeout) => {
      expect(read(timeout)).toBe(10_000)
    },
  )

  test.each(['/mutate', '/mutate?', '/mutate?timeouts=5s', '/timeout=5s'])(
    '10 s where none is sent: %s',
    (path) => {
      expect(readTimeoutMs(`https://localhost${path}`)).toBe(10_000)
    },
  )

  test('never more than 30 s nor less than nothing, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.smh]{0,20}$/)), (timeout) => {
        const ms = read(timeout)
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThan(30_000)
      }),
    )
  })
})

describe('a decision', () => {
  let webhook: Webhook
  beforeAll(async () => {
    webhook = await startWebhook()
  })
  afterAll(() => webhook.server.stop())
  const review = JSON.stringify(admissionReview({ object: pod('app:1') }))

  test('hears of the deadline through its signal', async () => {
    webhook.service.decide = async (request, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return admitted(request)
    }
    expect((await webhook.post(review, '/mutate?timeout=50ms')).status).toBe(200)
  })

  test('that is quick leaves a signal that never aborts', async () => {
    let kept: AbortSignal | undefined
    webhook.service.decide = async (request, signal) => {
      kept = signal
      return admitted(request)
    }
    await webhook.post(review, '/mutate?timeout=400ms')
    await Bun.sleep(250)
    expect(kept?.aborted).toBe(false)
  })
})
