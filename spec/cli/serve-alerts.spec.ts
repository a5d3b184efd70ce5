import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { AlertReceiver } from '../support/alert-receiver.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { Folder, makeConfig } from './fixture.ts'
import { Serving, writeCertificate } from './serving.ts'

const rootKey = toPublicKeyPem(createKeyPair('p256'))

const OWN = '["{{ images }}", "{{ decision }}", "{{ connaisseur_pod_id }}"]'

let folder: Folder
let certificate: Awaited<ReturnType<typeof writeCertificate>>
let receiver: AlertReceiver
let serving: Serving
beforeAll(async () => {
  folder = new Folder()
  certificate = await writeCertificate(folder)
  folder.write('own.json', OWN)
})
beforeEach(() => {
  receiver = new AlertReceiver()
})
afterEach(async () => {
  await serving.stop()
  await receiver.stop()
})
afterAll(() => folder.remove())

/** Serves with `admitRequest` and `rejectRequest` told to the receiver; more for each, and features. */
function serve({ more = '', features = '' } = {}): Serving {
  const list = `{ receivers: [{ receiverUrl: "${receiver.url}/T0KEN", template: own${more} }] }`
  const alerting = `alerting: { admitRequest: ${list}, rejectRequest: ${list} }\n`
  const config = folder.write('config.yaml', makeConfig(rootKey) + features + alerting)
  const { authority, flags } = certificate
  return new Serving(authority, ...flags, '--config', config, '--alert-templates', folder.path)
}

describe('serve with alerts', () => {
  test('tells of what it admits and denies, and counts it; the log knows no URL', async () => {
    serving = serve()
    await serving.admit('ok/a:1')
    await serving.admit('bad/b:1')
    const bodies = (await receiver.until(2)).map(({ body }) => body)
    const pod = expect.stringMatching(/./)
    expect(bodies).toContainEqual(['ok/a:1', 'allowed', pod])
    expect(bodies).toContainEqual(['bad/b:1', 'denied', pod])
    const lines = await serving.metrics()
    expect(lines).toContain('connaisseur_alerts_total{receiver="admit-1-own",outcome="sent"} 1')
    expect(lines).toContain('connaisseur_alerts_total{receiver="reject-1-own",outcome="sent"} 1')
    await serving.stop()
    expect(JSON.stringify(serving.lines)).not.toContain('T0KEN')
  })

  test('denies what a receiver that must hear cannot be told, in detection mode too', async () => {
    const features = 'features: { detectionMode: true }\n'
    receiver.answer = () => new Response('no_service', { status: 404 })
    serving = serve({ more: ', failIfAlertSendingFails: true', features })
    for (const image of ['ok/a:1', 'bad/b:1']) {
      expect(await serving.admit(image)).toMatchObject({
        response: {
          allowed: false,
          status: { code: 500, message: expect.stringContaining('failIfAlertSendingFails') },
        },
      })
    }
    expect(await serving.line('alerts could not be sent')).toMatchObject({
      reason: 'it answers with HTTP 404: "no_service"',
    })
  })

  test('takes over a template that has changed, without a restart', async () => {
    serving = serve()
    await serving.line('listening')
    folder.write('own.json', '["another"]')
    await serving.line('configuration was read again')
    await serving.admit('ok/a:1')
    expect((await receiver.until(1)).map(({ body }) => body)).toEqual([['another']])
    folder.write('own.json', OWN)
  }, 30_000)

  test('sends what it has before it ends', async () => {
    const held = Promise.withResolvers<Response>()
    receiver.answer = () => held.promise
    serving = serve()
    await serving.admit('ok/a:1')
    const stopped = serving.stop()
    await serving.line('stopping')
    held.resolve(new Response('ok'))
    await stopped
    expect(receiver.received).toHaveLength(1)
    expect(await serving.exitCode).toBe(0)
  })
})
