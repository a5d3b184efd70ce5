import { expect, setDefaultTimeout, test } from 'bun:test'
import { SETTINGS, WEBHOOK_PATH } from '../cluster/registration/fixture.ts'
import { ClusterStage, until } from './cluster-stage.ts'

setDefaultTimeout(60_000)

function setStage(): ClusterStage {
  const stage = new ClusterStage()
  stage.addEndpoint()
  return stage
}

const hasTimeout = ({ registered }: ClusterStage, seconds: number) =>
  JSON.stringify(registered).includes(`"timeoutSeconds":${seconds}`)

test.concurrent('a changed registration is taken over without a restart', async () => {
  await using stage = setStage()
  const serving = stage.startReplica()
  await serving.line('webhook was registered')
  const webhook = { ...SETTINGS.webhook, timeoutSeconds: 17 }
  stage.writeRegistration(JSON.stringify({ ...SETTINGS, webhook }))
  await until('the new timeout', () => hasTimeout(stage, 17))
})

test.concurrent('a registration of other names is not: replicas go by them from their start', async () => {
  await using stage = setStage()
  const serving = stage.startReplica()
  await serving.line('webhook was registered')
  const webhook = { ...SETTINGS.webhook, name: 'other-webhook', timeoutSeconds: 17 }
  stage.writeRegistration(JSON.stringify({ ...SETTINGS, webhook }))
  const { problem } = await serving.line(
    'changed registration cannot be used, the one before stays',
  )
  expect(problem).toContain('change with a restart only')
  expect(hasTimeout(stage, 30)).toBe(true)
})

test.concurrent('a webhook that cannot be taken away at the end is told of, with the command that does', async () => {
  await using stage = setStage()
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
