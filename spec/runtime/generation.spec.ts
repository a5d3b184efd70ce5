import { beforeEach, expect, test } from 'bun:test'
import { createLasting } from '../../src/assemble.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createGeneration } from '../../src/runtime/generation.ts'
import { CONTEXT, makeRequest } from '../admission/fixture.ts'
import { AlertReceiver } from '../support/alert-receiver.ts'
import { pod } from '../support/workload.ts'

let receiver: AlertReceiver
beforeEach(() => {
  receiver = new AlertReceiver()
  return () => receiver.stop()
})

/** What the receiver of denials hears of a request that was handled by a program that fails. */
function failing({ detectionMode = false } = {}) {
  const failures: unknown[] = []
  const url = JSON.stringify(receiver.url)
  const config = parseConfig(
    `validators: [{ name: default, type: static, approve: true }]
policy: [{ pattern: "*:*" }]
features: { detectionMode: ${detectionMode} }
alerting: { rejectRequest: { receivers: [{ receiverUrl: ${url}, template: ecs-1-12-0 }] } }
`,
    'spec.yaml',
  )
  const report = () => {}
  const surroundings = {
    secretsDir: '/nowhere',
    lasting: createLasting({ report }),
    report,
    observeJudgement() {
      throw new Error('not for everybody')
    },
    alerts: { podName: 'connaisseur-1', report, observe: report, observeWaiting: report },
  }
  const generation = createGeneration(config, surroundings, (error, uid) =>
    failures.push([String(error), uid]),
  )
  return { generation, failures }
}

test('a failure is a denial that receivers hear of, with the request that it is about', async () => {
  const { generation, failures } = failing()
  const request = makeRequest({ object: pod('app:1'), uid: 'the-uid', namespace: 'shop' })
  const { decision, refusal } = await generation.admit(request, CONTEXT)
  expect(refusal?.code).toBe('INTERNAL')
  expect(decision).toEqual({
    admitted: false,
    status: 500,
    message: 'unexpected failure, see the log of connaisseur [INTERNAL]',
  })
  expect(failures).toEqual([['Error: not for everybody', 'the-uid']])
  const [{ body } = { body: undefined }] = await receiver.until(1)
  expect(body).toMatchObject({
    event: { type: ['denied'], outcome: 'failure', id: 'the-uid' },
    orchestrator: { namespace: 'shop' },
  })
  expect(JSON.stringify(body)).not.toContain('not for everybody')
  await generation.dispose()
})

test('a failure is admitted by detection mode like any other denial, with a warning, and told', async () => {
  const { generation, failures } = failing({ detectionMode: true })
  const { decision } = await generation.admit(makeRequest({ object: pod('app:1') }), CONTEXT)
  expect(decision).toEqual({
    admitted: true,
    patch: [],
    warnings: [
      'detection mode is on, admitted all the same',
      'unexpected failure, see the log of connaisseur [INTERNAL]',
    ],
  })
  expect(failures).toHaveLength(1)
  const [{ body } = { body: undefined }] = await receiver.until(1)
  expect(body).toMatchObject({ event: { type: ['allowed'], outcome: 'success' } })
  await generation.dispose()
})
