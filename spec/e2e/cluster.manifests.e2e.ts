import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { parseAllDocuments } from 'yaml'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { type Choice, NAMESPACE, renderChart, renderValues } from './cluster/release.ts'
import { openShop, type Shop } from './cluster/shop.ts'

setDefaultTimeout(120_000)

/** Kinds of the Prometheus operator, which is not in this cluster. */
const MONITORING = 'monitoring.coreos.com/v1'

let cluster: Cluster
let shop: Shop

beforeAll(async () => {
  cluster = await findCluster()
  shop = await openShop()
  await cluster.kubectl.run(`create namespace ${NAMESPACE}`)
})
afterAll(async () => {
  await cluster?.kubectl.run(`delete namespace ${NAMESPACE} --timeout=120s`)
  shop?.notary.stop()
})

const REDIS = { enabled: true, secretName: 'redis', tls: { secretName: 'redis-certificate' } }

test.each<[string, Choice, readonly string[]]>([
  [
    'everything that is off by default',
    {
      kubernetes: {
        autoscaling: { enabled: true },
        networkPolicy: {
          enabled: true,
          metricsFrom: [{ namespaceSelector: { matchLabels: { a: 'b' } } }],
          extraEgress: [{ ports: [{ port: 4443 }] }],
        },
        metrics: { enabled: true },
        grafanaDashboard: { enabled: true },
        serviceMonitor: { enabled: true },
        prometheusRule: { enabled: true },
        alertTemplates: { mine: '{"text": "{{ alert_message }}"}' },
        redis: REDIS,
      },
      deployment: {
        tls: { cert: 'C', key: 'K', ca: 'A' },
        envs: { HTTPS_PROXY: 'http://proxy:3128', N: 1 },
        podLabels: { team: 'a' },
        imagePullSecrets: [{ name: 'pull' }],
      },
    },
    ['HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget', 'ResourceQuota'],
  ],
  [
    'a share of replicas, a Redis elsewhere and no priority',
    {
      kubernetes: {
        podDisruptionBudget: { minAvailable: '50%' },
        networkPolicy: { enabled: true },
        redis: { ...REDIS, host: 'redis.example.com' },
      },
      deployment: { priorityClassName: '', tls: { secretName: 'issued' } },
    },
    ['NetworkPolicy', 'PodDisruptionBudget'],
  ],
])('the API server takes every object: %s', async (_, choice, kinds) => {
  const text = await renderChart(cluster, renderValues(shop, choice))
  const objects = parseAllDocuments(text)
    .map((document): { apiVersion: string; kind: string } | null => document.toJS())
    .filter((object) => object !== null && object.apiVersion !== MONITORING)
  expect(objects.map((object) => object?.kind)).toEqual(expect.arrayContaining([...kinds]))
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const where = `--namespace=${NAMESPACE}`
  const flags = '--dry-run=server --validate=strict --filename=-'
  const answer = await cluster.kubectl.run(`apply ${where} ${flags}`, list)
  expect(answer.trim().split('\n')).toHaveLength(objects.length)
})
