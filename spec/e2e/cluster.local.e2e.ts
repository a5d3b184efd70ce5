import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { BINARY } from './support/binary.ts'
import { findFreePort } from './support/port.ts'
import { type ServerProcess, startServer } from './support/process.ts'

setDefaultTimeout(120_000)

const NAMESPACE = 'local'
const WEBHOOK = 'mutatingwebhookconfiguration/connaisseur-local'

const CONFIG = `
validators:
  - { name: allow, type: static, approve: true }
  - { name: deny, type: static, approve: false }
policy:
  - { pattern: "*:*", validator: allow }
  - { pattern: "bad.example/*:*", validator: deny }
`

let cluster: Cluster
let folder: string
let server: ServerProcess | undefined

beforeAll(async () => {
  cluster = await findCluster()
  folder = join(cluster.folder, 'local')
  await mkdir(folder, { recursive: true })
  await Bun.write(join(folder, 'config.yaml'), CONFIG)
  await cluster.kubectl.run(`create namespace ${NAMESPACE}`)
})
afterAll(async () => {
  await server?.stop()
  await cluster.kubectl.run(`delete namespace ${NAMESPACE} --wait=false`)
})

const isRegistered = async () => (await cluster.kubectl.try(['get', WEBHOOK])).exitCode === 0

function createApp(image: string) {
  const command = ['create', 'deployment', 'app', `--image=${image}`, `--namespace=${NAMESPACE}`]
  return cluster.kubectl.try([...command, '--dry-run=server'])
}

async function untilRegistered(): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && !(await isRegistered()); attempt++) await Bun.sleep(100)
  return isRegistered()
}

test('serve --register judges for a real cluster for as long as it runs (docs/local.md)', async () => {
  const port = await findFreePort()
  const url = `https://127.0.0.1:${port}`
  const files = ['--config', join(folder, 'config.yaml')]
  const reach = ['--kubeconfig', cluster.pki.kubeconfigs.admin, '--listen', `127.0.0.1:${port}`]
  const command = [BINARY, 'serve', ...files, ...reach, '--register', url]
  server = await startServer(command, { folder, name: 'local' }, untilRegistered)
  const hook = await cluster.kubectl.get<{ webhooks: unknown }>(WEBHOOK)
  expect(hook.webhooks).toMatchObject([
    { failurePolicy: 'Ignore', clientConfig: { url: `${url}/mutate` } },
  ])
  const denied = await createApp('bad.example/app:1')
  expect(denied.exitCode).toBe(1)
  expect(denied.stderr).toContain('UNTRUSTED_STATIC_DENY')
  expect((await createApp('good.example/app:1')).exitCode).toBe(0)
  expect(await server.stop()).toBe(0)
  expect(await isRegistered()).toBe(false)
  expect((await createApp('bad.example/app:1')).exitCode).toBe(0)
})
