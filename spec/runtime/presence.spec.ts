import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { GivenCertificates, type GivenPair } from '../../src/cluster/certificates/given.ts'
import type { Reach } from '../../src/cluster/registration/reachable.ts'
import { Presence } from '../../src/runtime/presence.ts'
import { startServer } from '../cluster/fixture.ts'
import { putRole, Replica, WEBHOOK_PATH } from '../cluster/registration/fixture.ts'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { failure, type KubeServer } from '../support/kube/server.ts'

setDefaultTimeout(30_000)

const authority = await createCertificateAuthority('ours')
const GIVEN: GivenPair = { ...(await issueServerCertificate(authority)), ca: authority.cert }

let server: KubeServer
let messages: string[]
let presence: Presence | undefined
beforeEach(() => {
  server = startServer()
  putRole(server)
  messages = []
})
afterEach(async () => {
  server.fault = undefined
  await presence?.stop()
  presence = undefined
  server.stop()
})

/** A presence that has begun, and that starts where it is told to. */
async function open(reach: () => Reach = () => 'reachable') {
  const clock = { ms: Date.parse('2026-01-01T00:00:00Z') }
  const { registrar } = new Replica(server, clock, [GIVEN.ca], { reach: async () => reach() })
  const opened = new Presence({
    certificates: new GivenCertificates(GIVEN),
    registrar,
    log: (_, message) => messages.push(message),
  })
  presence = opened
  const first = await opened.begin()
  return {
    registrar,
    condition: () => opened.condition(),
    start: () => opened.start(first, async () => {}),
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(10)
}

describe('a replica is', () => {
  test('not ready before its first round', async () => {
    const { condition } = await open()
    expect(condition()).toMatchObject({ ok: false, reason: 'it has not been registered yet' })
  })

  test('ready where it has to be reached first, and where another one does it is not', async () => {
    let reach: Reach = 'leading'
    const { condition, start, registrar } = await open(() => reach)
    start()
    await until(() => registrar.waiting === 'leading')
    expect(condition()).toMatchObject({
      ok: true,
      note: 'it is registered once the Service leads to a ready replica',
    })
    reach = 'following'
    await until(() => registrar.waiting === 'following')
    expect(condition()).toMatchObject({
      ok: false,
      reason: 'it is registered once another replica is ready',
    })
  })

  test('ready when the webhook carries its authority, and while a deleted one is put back', async () => {
    const { condition, start, registrar } = await open()
    start()
    await until(() => server.store.get(WEBHOOK_PATH) !== undefined)
    await until(() => condition().ok)
    expect(condition()).toEqual({ name: 'webhook', ok: true })
    server.fault = ({ method }) => (method === 'PATCH' ? failure(503, 'Slow') : undefined)
    server.store.remove(WEBHOOK_PATH)
    await registrar.observe()
    expect(condition()).toMatchObject({
      ok: true,
      note: 'somebody has deleted it, it is about to be put back',
    })
  })

  test('not ready where it may not register, and says why', async () => {
    server.fault = ({ method }) => (method === 'PATCH' ? failure(403, 'Forbidden') : undefined)
    const { condition, start } = await open()
    start()
    await until(() => messages.includes('webhook cannot be kept registered'))
    expect(condition()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('HTTP 403'),
    })
  })

  test('ready still while the API server does not answer: what was seen last counts', async () => {
    const { condition, start } = await open()
    start()
    await until(() => condition().ok)
    server.fault = () => failure(403, 'Forbidden')
    await until(() => messages.includes('webhook cannot be kept registered'))
    expect(condition()).toMatchObject({ ok: true, note: expect.stringContaining('HTTP 403') })
    server.fault = undefined
    await until(() => messages.includes('cluster answers again'))
    expect(condition()).toEqual({ name: 'webhook', ok: true })
  })
})

test('who has a certificate begins without the API server, and is not ready', async () => {
  server.fault = () => failure(403, 'Forbidden')
  const { condition } = await open()
  expect(condition()).toMatchObject({ ok: false, reason: expect.stringContaining('HTTP 403') })
})
