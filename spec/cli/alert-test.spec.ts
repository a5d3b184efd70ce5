import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { AlertReceiver } from '../support/alert-receiver.ts'
import { Folder, runInside } from './fixture.ts'

const RULES = `validators: [{ name: default, type: static, approve: true }]
policy: [{ pattern: "*:*" }]
`

let folder: Folder
let receiver: AlertReceiver
beforeAll(() => {
  folder = new Folder()
  folder.write('own.json', '{"where": "{{ cluster }}", "what": "{{ alert_message }}"}')
  folder.write('bad.json', '{\n"a": {{ b }}}')
})
beforeEach(() => {
  receiver = new AlertReceiver()
  return () => receiver.stop()
})
afterAll(() => folder.remove())

function run(alerting: string) {
  const config = folder.write('config.yaml', `${RULES}alerting: ${alerting}\n`)
  return runInside('alert', 'test', '--config', config, '--alert-templates', folder.path)
}

describe('alert test', () => {
  test('sends a sample to every receiver, and says what came back', async () => {
    const url = `${receiver.url}/T0KEN`
    const { exitCode, stdout } = await run(
      `{ clusterIdentifier: prod, admitRequest: { receivers: [{ receiverUrl: "${url}", template: own }] }, rejectRequest: { receivers: [{ receiverUrl: "${url}", template: slack }] } }`,
    )
    expect(stdout).toBe(
      'admit-1-own     ok      HTTP 200 ok\nreject-1-slack  ok      HTTP 200 ok\n',
    )
    expect(exitCode).toBe(0)
    expect(receiver.received.map(({ body }) => body)).toContainEqual({
      where: 'prod',
      what: 'CONNAISSEUR test alert, nothing was admitted or rejected',
    })
  })

  test('ends with 1 where a receiver refuses or is not there, without a word of its URL', async () => {
    receiver.answer = () => new Response('invalid\u001b[31m_blocks', { status: 400 })
    const { exitCode, stdout } = await run(
      `{ admitRequest: { receivers: [{ receiverUrl: "${receiver.url}/T0KEN", template: own }] } }`,
    )
    expect(stdout).toBe('admit-1-own  failed  HTTP 400 invalid\\u001b[31m_blocks\n')
    expect(exitCode).toBe(1)
  })

  test('ends with 2 where there is nobody to tell', () => {
    expect(run('{}')).rejects.toThrow('the configuration has no receivers of alerts')
  })

  test('ends with 2 at a template that cannot be used, and sends nothing', async () => {
    const receivers = ['own', 'bad'].map(
      (name) => `{ receiverUrl: "${receiver.url}", template: ${name} }`,
    )
    const ran = run(`{ admitRequest: { receivers: [${receivers}] } }`)
    expect(ran).rejects.toThrow(`${folder.path}/bad.json:2:6: there is no variable "b"`)
    await ran.catch(() => {})
    expect(receiver.received).toEqual([])
  })
})
