import { beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type HelmChart, openHelmChart } from './support/helm-chart.ts'

// The first run may have to build helm.
setDefaultTimeout(60_000)

let chart: HelmChart
beforeAll(async () => {
  chart = await openHelmChart()
})

const VALIDATOR = 'name: default, type: notaryv1, host: notary.example.com'
const ROOTS = 'trustRoots: [{ name: default, key: K }]'

test.each([
  ['a misspelt section', 'kuberntes: {}', 'kuberntes'],
  ['a misspelt key of Kubernetes', 'kubernetes: { deployment: { replicas: 2 } }', 'replicas'],
  ['text for a number', 'kubernetes: { service: { port: "443" } }', '/kubernetes/service/port'],
  [
    'a timeout that no API server takes',
    'kubernetes: { webhook: { timeoutSeconds: 60 } }',
    '/kubernetes/webhook/timeoutSeconds',
  ],
  ['a word that is none', 'kubernetes: { webhook: { failurePolicy: fail } }', "'Fail', 'Ignore'"],
  ['a misspelt feature', 'application: { features: { detectMode: true } }', 'detectMode'],
  [
    'a type of validator that is none',
    'application: { validators: [{ name: a, type: notary }] }',
    '/application/validators/0/type',
  ],
  [
    'a misspelt key of a validator',
    `application: { validators: [{ ${VALIDATOR}, hots: x, ${ROOTS} }] }`,
    'hots',
  ],
  [
    'a Notary without its address',
    `application: { validators: [{ name: default, type: notaryv1, ${ROOTS} }] }`,
    'host',
  ],
  [
    'a static validator without verdict',
    'application: { validators: [{ name: a, type: static }] }',
    'approve',
  ],
  [
    'a misspelt option',
    'application: { policy: [{ pattern: "*", with: { trustroot: a } }] }',
    'trustroot',
  ],
  [
    'a receiver without URL',
    'alerting: { admitRequest: { receivers: [{ template: slack }] } }',
    'receiverUrl',
  ],
  [
    'a digest that is none',
    'kubernetes: { deployment: { image: { digest: latest } } }',
    '/kubernetes/deployment/image/digest',
  ],
])('%s is refused, and its key is named', async (_, values, key) => {
  const { exitCode, stderr } = await chart.template(values)
  expect(stderr).toContain("values don't meet the specifications of the schema")
  expect(stderr).toContain(key)
  expect(exitCode).toBe(1)
})

test.each([
  [
    'half a certificate',
    'kubernetes: { deployment: { tls: { cert: C } } }',
    'kubernetes.deployment.tls',
  ],
  [
    'a certificate in the Secret that is for the program’s own',
    'kubernetes: { deployment: { tls: { secretName: connaisseur-tls } } }',
    'kubernetes.deployment.tls.secretName',
  ],
  [
    'Redis without a password',
    'kubernetes: { redis: { enabled: true } }',
    'kubernetes.redis.secretName',
  ],
  [
    'Redis without a certificate',
    'kubernetes: { redis: { enabled: true, secretName: a } }',
    'kubernetes.redis.tls',
  ],
  [
    'our own Redis without TLS',
    'kubernetes: { redis: { enabled: true, secretName: a, tlsEnabled: false } }',
    'kubernetes.redis.tlsEnabled',
  ],
])('%s is refused, and what is missing is named', async (_, values, key) => {
  const { exitCode, stderr } = await chart.template(values)
  expect(stderr).toContain(key)
  expect(exitCode).toBe(1)
})
