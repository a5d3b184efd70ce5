import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { SETTINGS, WEBHOOK_PATH } from '../cluster/registration/fixture.ts'
import { ClusterStage, until } from './cluster-stage.ts'

setDefaultTimeout(60_000)

let stage: ClusterStage
beforeEach(() => {
  stage = new ClusterStage()
  stage.addEndpoint()
})
afterEach(() => stage.stop())

const hasTimeout = (seconds: number) =>
  JSON.stringify(stage.registered).includes(`"timeoutSeconds":${seconds}`)

test('a changed registration is taken over without a restart', async () => {
  const serving = stage.startReplica()
  await serving.line('webhook was registered')
  const webhook = { ...SETTINGS.webhook, timeoutSeconds: 17 }
  stage.writeRegistration(JSON.stringify({ ...SETTINGS, webhook }))
  await until('the new timeout', () => hasTimeout(17))
})

test('a registration of other names is not: replicas go by them from their start', async () => {
  const serving = stage.startReplica()
  await serving.line('webhook was registered')
  const webhook = { ...SETTINGS.webhook, name: 'other-webhook', timeoutSeconds: 17 }
  stage.writeRegistration(JSON.stringify({ ...SETTINGS, webhook }))
  const { problem } = await serving.line(
    'changed registration cannot be used, the one before stays',
  )
  expect(problem).toContain('change with a restart only')
  expect(hasTimeout(30)).toBe(true)
})

test('a webhook that cannot be taken away at the end is told of, with the command that does', async () => {
  const path = WEBHOOK_PATH.replace('connaisseur-webhook', 'connaisseur-local')
  const serving = stage.start('--register', 'https://127.0.0.1:5000')
  await serving.line('webhook was registered')
  stage.kube.fault = ({ method }) =>
    method === 'DELETE' ? Response.json({}, { status: 403 }) : undefined
  await serving.stop()
  const { remedy } = await serving.line('webhook could not be taken away')
  expect(remedy).toBe('kubectl delete mutatingwebhookconfiguration connaisseur-local')
  expect(stage.kube.store.get(path)).toBeDefined()
})
