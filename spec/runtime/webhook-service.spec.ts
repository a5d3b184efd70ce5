import { describe, expect, test } from 'bun:test'
import { parseReview } from '../../src/admission/review.ts'
import type { Admission } from '../../src/admission/verdict.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { Metrics } from '../../src/reporting/metrics/metrics.ts'
import type { Generation } from '../../src/runtime/generation.ts'
import type { RuntimeListener } from '../../src/runtime/listener.ts'
import { Slot } from '../../src/runtime/slot.ts'
import { createWebhookService } from '../../src/runtime/webhook-service.ts'
import { Deadline } from '../../src/server/deadline.ts'
import { admitted } from '../server/fixture.ts'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'

const CONFIG = parseConfig(
  'validators: [{name: default, type: static, approve: true}]\npolicy: [{pattern: "*:*"}]\n',
  'spec.yaml',
)
const request = parseReview(Buffer.from(JSON.stringify(admissionReview({ object: pod('app:1') }))))

function setUp(admit: Generation['admit'] = async (each) => admitted(each)) {
  const generation: Generation = {
    config: CONFIG,
    admit,
    conditions: async () => [{ name: 'server', ok: true }],
    dispose: async () => {},
  }
  const failures: unknown[] = []
  const lines: string[] = []
  const listeners: RuntimeListener[] = []
  const service = createWebhookService({
    generations: new Slot(generation, (error) => failures.push(error)),
    conditions: [() => ({ name: 'own', ok: false, reason: 'not yet' })],
    listeners,
    metrics: new Metrics({ version: '1', now: () => new Date(), typeOf: () => 'static' }),
    log: (_, message) => lines.push(message),
    onFailure: (error) => failures.push(error),
  })
  return { service, failures, lines, listeners }
}

describe('the service', () => {
  test('logs an admission, and tells whoever listens', async () => {
    const { service, lines, listeners } = setUp()
    const heard: Admission[] = []
    listeners.push({}, { admission: (admission) => heard.push(admission) })
    const deadline = new Deadline(1000)
    const admission = await service.admit(request, deadline)
    deadline.clear()
    expect(heard).toEqual([admission])
    expect(lines).toEqual(['request admitted'])
  })

  test('answers though a listener throws, and the others hear it all the same', async () => {
    const { service, failures, listeners } = setUp()
    const broken = new Error('broken')
    const heard: Admission[] = []
    const throwing = () => {
      throw broken
    }
    listeners.push({ admission: throwing }, { admission: (admission) => heard.push(admission) })
    const deadline = new Deadline(1000)
    const admission = await service.admit(request, deadline)
    deadline.clear()
    expect(admission.decision.admitted).toBe(true)
    expect(heard).toEqual([admission])
    expect(failures).toEqual([broken])
  })

  test('counts every request that came in, and one whose handling failed as denied', async () => {
    const { service, failures } = setUp()
    service.received()
    service.reportFailure(new Error('broken'), 'the-uid')
    service.reportFailure(new Error('of no request'))
    const { text } = await service.metrics()
    expect(text).toContain('\nconnaisseur_requests_total 1\n')
    expect(text).toContain('connaisseur_requests_denied_total{timeout="false"} 1\n')
    expect(failures).toHaveLength(2)
  })

  test('tells how many requests it decides on at the moment, those that fail too', async () => {
    const decided = Promise.withResolvers<Admission>()
    const { service } = setUp(() => decided.promise)
    const deadline = new Deadline(1000)
    const inHand = [service.admit(request, deadline), service.admit(request, deadline)]
    const count = async () =>
      /^connaisseur_requests_in_flight .*$/m.exec((await service.metrics()).text)?.[0]
    expect(await count()).toBe('connaisseur_requests_in_flight 2')
    decided.reject(new Error('broken'))
    await Promise.allSettled(inHand)
    deadline.clear()
    expect(await count()).toBe('connaisseur_requests_in_flight 0')
  })

  test('is as ready as its own conditions and those of the configuration', async () => {
    expect(await setUp().service.conditions()).toEqual([
      { name: 'own', ok: false, reason: 'not yet' },
      { name: 'server', ok: true },
    ])
  })
})
