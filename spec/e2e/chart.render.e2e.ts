import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { BINARY } from './support/binary.ts'
import {
  at,
  find,
  type HelmChart,
  type KubernetesObject,
  openHelmChart,
} from './support/helm-chart.ts'
import { runProgram } from './support/process.ts'

// The first run may have to build helm.
setDefaultTimeout(60_000)

const VALUES_3X = resolve(import.meta.dir, 'charts/values-3.10.yaml')

const REDIS = `
redis:
    enabled: true
    secretName: connaisseur-redis
    tls: { secretName: redis-certificate }`

/** Every switch of the chart, each in the place where it changes most. */
const MATRIX: Readonly<Record<string, string>> = {
  defaults: '{}',
  'values of 3.10': VALUES_3X,
  'a certificate of one’s own': 'kubernetes: { deployment: { tls: { cert: C, key: K, ca: A } } }',
  'a certificate of cert-manager': 'kubernetes: { deployment: { tls: { secretName: issued } } }',
  'everything that is off by default': `
kubernetes:
  autoscaling: { enabled: true }
  networkPolicy: { enabled: true, metricsFrom: [{ podSelector: {} }], extraEgress: [{ ports: [{ port: 4443 }] }] }
  metrics: { enabled: true }
  serviceMonitor: { enabled: true, additionalLabels: { release: prometheus } }
  prometheusRule: { enabled: true }
  grafanaDashboard: { enabled: true }
  ${REDIS.trim()}`,
  'Redis elsewhere': `
kubernetes:
  redis: { enabled: true, host: redis.example.com, tlsEnabled: false, secretName: given, username: me }`,
  'everything that is on by default, off': `
kubernetes:
  podDisruptionBudget: null
  rbac: { create: false }
  deployment: { priorityClassName: "", affinity: null, topologySpreadConstraints: [] }
application: { features: { automaticChildApproval: false, namespacedValidation: null } }`,
  'alert templates and environment': `
kubernetes:
  alertTemplates: { mine: '{"text": "{{ alert_message }}"}' }
  deployment: { envs: { HTTPS_PROXY: "http://proxy:3128", N: 1 }, envsSecretName: more }`,
}

let chart: HelmChart
beforeAll(async () => {
  chart = await openHelmChart()
})

test('helm lint finds nothing, with the defaults and with values of 3.10', async () => {
  for (const args of [[], ['--values', VALUES_3X]]) {
    const { exitCode, stdout } = await chart.lint(...args)
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed')
    expect(stdout).not.toMatch(/\[(?:WARNING|ERROR)\]/)
    expect(exitCode).toBe(0)
  }
})

describe.each(Object.entries(MATRIX))('with %s', (_, values) => {
  let objects: readonly KubernetesObject[]
  beforeAll(async () => {
    objects = await chart.render(values)
  })

  test('every object is whole, is rendered once and says that it is part of the release', () => {
    expect(objects.length).toBeGreaterThan(5)
    for (const each of objects) {
      expect(each.metadata.labels?.['app.kubernetes.io/name']).toBe('connaisseur')
    }
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    expect(names).toEqual([...new Set(names)])
  })

  test('the program takes the configuration', async () => {
    const secret = find(objects, 'Secret', 'connaisseur-app-config')
    const file = join(chart.folder, `${crypto.randomUUID()}-config.yaml`)
    await Bun.write(file, String(at(secret, 'stringData', 'config.yaml')))
    const { exitCode, stderr } = await runProgram([BINARY, 'config', 'validate', file], chart)
    expect(stderr).not.toContain('unknown key')
    expect(exitCode).toBe(0)
  })

  test('rendering again renders the same: nothing is made up (GitOps)', async () => {
    expect(await chart.render(values)).toEqual([...objects])
  })

  test('the selector is two labels, whatever the values say (it can never change)', () => {
    const deployment = find(objects, 'Deployment', 'connaisseur')
    expect(at(deployment, 'spec', 'selector')).toEqual({
      matchLabels: {
        'app.kubernetes.io/name': 'connaisseur',
        'app.kubernetes.io/instance': 'connaisseur',
      },
    })
  })

  test('every container runs without root, privileges and a writable root', () => {
    for (const deployment of objects.filter(({ kind }) => kind === 'Deployment')) {
      const container = at(deployment, 'spec', 'template', 'spec', 'containers', 0)
      expect(at(container, 'securityContext', 'readOnlyRootFilesystem')).toBe(true)
      expect(at(container, 'securityContext', 'allowPrivilegeEscalation')).toBe(false)
      expect(at(container, 'securityContext', 'runAsNonRoot')).toBe(true)
      expect(at(container, 'securityContext', 'capabilities')).toEqual({ drop: ['ALL'] })
      expect(at(container, 'securityContext', 'seccompProfile')).toEqual({ type: 'RuntimeDefault' })
    }
  })

  test('every volume that is mounted is there, and the other way round', () => {
    for (const deployment of objects.filter(({ kind }) => kind === 'Deployment')) {
      const pod = at(deployment, 'spec', 'template', 'spec')
      const mounts = namesOf(at(pod, 'containers', 0, 'volumeMounts'))
      expect(mounts).toEqual(namesOf(at(pod, 'volumes')))
    }
  })

  test('there are no Helm hooks', () => {
    for (const each of objects) {
      expect(JSON.stringify(at(each, 'metadata', 'annotations') ?? {})).not.toContain(
        'helm.sh/hook',
      )
    }
  })
})

describe('values of 3.10', () => {
  let objects: readonly KubernetesObject[]
  beforeAll(async () => {
    objects = await chart.render(VALUES_3X)
  })

  test('credentials go into a Secret of their own, which is mounted, and are nowhere else', () => {
    const secrets = objects.filter(({ kind }) => kind === 'Secret')
    const secret = secrets.find(({ metadata }) => metadata.name.endsWith('-auth'))
    expect(secret?.metadata.name).toMatch(/^own-notary-[0-9a-f]{8}-auth$/)
    expect(parse(String(at(secret, 'stringData', 'secret.yaml')))).toEqual({
      username: 'reader',
      password: 'pass$word-3x',
    })
    const others = objects.filter((each) => each !== secret)
    expect(JSON.stringify(others)).not.toContain('pass$word-3x')
    const deployment = find(objects, 'Deployment', 'connaisseur')
    const mounts = at(deployment, 'spec', 'template', 'spec', 'containers', 0, 'volumeMounts')
    expect(mounts).toContainEqual({
      name: 'secret-0',
      mountPath: `/app/secrets/${secret?.metadata.name}`,
      readOnly: true,
    })
    expect(mounts).toContainEqual({
      name: 'secret-1',
      mountPath: '/app/secrets/other-notary',
      readOnly: true,
    })
  })

  test('the URL of an alert receiver is in a Secret only', () => {
    const others = objects.filter(({ kind }) => kind !== 'Secret')
    expect(JSON.stringify(others)).not.toContain('hooks.slack.example')
  })

  test('Pod labels, environment, budget, image and service account are as before', () => {
    const deployment = find(objects, 'Deployment', 'connaisseur')
    expect(at(deployment, 'spec', 'template', 'metadata', 'labels', 'team')).toBe('platform')
    const container = at(deployment, 'spec', 'template', 'spec', 'containers', 0)
    expect(at(container, 'image')).toMatch(/^registry\.example\.com\/mirror\/connaisseur:v\d/)
    expect(at(container, 'envFrom')).toEqual([{ secretRef: { name: 'connaisseur-env-secret' } }])
    expect(at(find(objects, 'Secret', 'connaisseur-env-secret'), 'data')).toEqual({
      AWS_REGION: btoa('eu-central-1'),
      RETRIES: btoa('3'),
    })
    const budget = at(find(objects, 'PodDisruptionBudget', 'connaisseur'), 'spec')
    expect([at(budget, 'minAvailable'), at(budget, 'maxUnavailable')]).toEqual([2, undefined])
    const account = find(objects, 'ServiceAccount', 'connaisseur-serviceaccount')
    expect(JSON.stringify(account)).toContain('arn:aws:iam::123456789012:role/connaisseur')
  })

  test('no Redis is started, as it is in memory unless asked for', () => {
    expect(objects.filter(({ metadata }) => metadata.name.includes('redis'))).toEqual([])
  })
})

test('a replica that waits for its API server is not restarted for ten minutes', async () => {
  const deployment = find(await chart.render(), 'Deployment', 'connaisseur')
  const probe = at(deployment, 'spec', 'template', 'spec', 'containers', 0, 'startupProbe')
  const [period, failures] = [at(probe, 'periodSeconds'), at(probe, 'failureThreshold')]
  expect(Number(period) * Number(failures)).toBe(600)
})

test('a given certificate is in another Secret than one of the program’s own, which replicas write', async () => {
  const objects = await chart.render(MATRIX['a certificate of one’s own'])
  const names = objects.flatMap(({ kind, metadata }) => (kind === 'Secret' ? [metadata.name] : []))
  expect(names).toContain('connaisseur-given-tls')
  expect(names).not.toContain('connaisseur-tls')
})

test('alerts and dashboard are rendered as they are written', async () => {
  const objects = await chart.render(MATRIX['everything that is off by default'])
  const files = resolve(import.meta.dir, '../../chart/files')
  const rule = find(objects, 'PrometheusRule', 'connaisseur')
  expect(at(rule, 'spec')).toEqual(parse(await Bun.file(`${files}/alerts.yaml`).text()))
  const dashboard = at(find(objects, 'ConfigMap', 'connaisseur-dashboard'), 'data')
  const text = String(at(dashboard, 'connaisseur.json'))
  expect(JSON.parse(text)).toEqual(await Bun.file(`${files}/dashboard.json`).json())
})

describe('the registration', () => {
  const registrationOf = async (values?: string) => {
    const objects = await chart.render(values)
    const map = find(objects, 'ConfigMap', 'connaisseur-registration')
    return parse(String(at(map, 'data', 'registration.yaml')))
  }

  test('is what the program expects', async () => {
    expect(await registrationOf()).toEqual({
      webhook: {
        name: 'connaisseur-webhook',
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        timeoutSeconds: 30,
        objectSelector: {},
        namespaceSelector: {
          matchExpressions: [
            {
              key: 'securesystemsengineering.connaisseur/webhook',
              operator: 'NotIn',
              values: ['ignore'],
            },
          ],
        },
        matchConditions: [],
        excludedNamespaces: ['kube-system'],
      },
      service: { name: 'connaisseur-svc', namespace: 'connaisseur', port: 443, path: '/mutate' },
      owner: { clusterRole: 'connaisseur' },
      certificate: { secretName: 'connaisseur-tls' },
    })
  })

  test('heeds the label of namespaces beside a selector of one’s own', async () => {
    const { webhook } = await registrationOf(`
kubernetes: { webhook: { namespaceSelector: { matchLabels: { a: b }, matchExpressions: [{ key: c, operator: Exists }] } } }
application: { features: { namespacedValidation: { mode: validate } } }`)
    expect(webhook.namespaceSelector).toEqual({
      matchLabels: { a: 'b' },
      matchExpressions: [
        { key: 'c', operator: 'Exists' },
        {
          key: 'securesystemsengineering.connaisseur/webhook',
          operator: 'In',
          values: ['validate'],
        },
      ],
    })
  })
})

describe('rights', () => {
  const rulesOf = async (values: string, kind: string) => {
    const objects = await chart.render(values)
    return objects.filter((each) => each.kind === kind).flatMap((each) => at(each, 'rules'))
  }

  test('to Secrets: one, by name, and none with a certificate of one’s own', async () => {
    const endpoints = {
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
      verbs: ['list'],
    }
    expect(await rulesOf('{}', 'Role')).toEqual([
      endpoints,
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['connaisseur-tls'],
        verbs: ['get', 'update', 'patch', 'create'],
      },
    ])
    const given = 'kubernetes: { deployment: { tls: { secretName: issued } } }'
    expect(await rulesOf(given, 'Role')).toEqual([endpoints])
  })

  test('in the cluster: the own registration by name; workloads for child approval only', async () => {
    const resources = (rules: readonly unknown[]) => rules.map((rule) => at(rule, 'resources'))
    const own = [['mutatingwebhookconfigurations'], ['clusterroles']]
    expect(resources(await rulesOf('{}', 'ClusterRole'))).toEqual([
      ...own,
      ['deployments', 'replicasets', 'daemonsets', 'statefulsets'],
      ['jobs', 'cronjobs'],
      ['replicationcontrollers'],
    ])
    const off = 'application: { features: { automaticChildApproval: false } }'
    expect(resources(await rulesOf(off, 'ClusterRole'))).toEqual(own)
  })
})

function namesOf(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list.map((each) => at(each, 'name')).toSorted() : []
}
