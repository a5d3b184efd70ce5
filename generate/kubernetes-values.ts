import { type TSchema, Type } from '@sinclair/typebox'

const strict = { additionalProperties: false }
const section = (properties: Record<string, TSchema>) =>
  Type.Object(
    Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, Type.Optional(each)])),
    strict,
  )
const choice = (...values: readonly string[]) => Type.Unsafe<string>({ enum: values })

/** What the API server checks better than we could, such as an affinity. */
const object = Type.Object({})
const list = Type.Array(Type.Unknown())
const text = Type.String()
const texts = Type.Record(Type.String(), Type.String())
const flag = Type.Boolean()
const port = Type.Integer({ minimum: 1, maximum: 65_535 })
const count = Type.Integer({ minimum: 0 })
const countOrShare = Type.Unsafe<number | string>({
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^[0-9]+%$' },
  ],
})
/** YAML reads a tag such as 7 as a number. */
const tag = Type.Unsafe<string | number>({ type: ['string', 'number'] })
const pullPolicy = choice('Always', 'IfNotPresent', 'Never')
const image = section({
  repository: Type.String({ minLength: 1 }),
  tag,
  digest: Type.String({ pattern: '^((sha256:)?[0-9a-f]{64})?$' }),
})
const certificate = section({ cert: text, key: text, ca: text, secretName: text })

const deployment = section({
  image,
  pullPolicy,
  replicasCount: count,
  imagePullSecrets: list,
  nodeSelector: object,
  tolerations: list,
  resources: object,
  securityContext: object,
  podSecurityContext: object,
  affinity: object,
  topologySpreadConstraints: Type.Array(object),
  priorityClassName: text,
  tls: certificate,
  // Values of any kind: what looks like a number is a text in the environment.
  envs: object,
  envsSecretName: text,
  podLabels: texts,
  podAnnotations: texts,
  annotations: texts,
  shutdownGraceSeconds: Type.Integer({ minimum: 0, maximum: 300 }),
  stateSizeLimit: text,
})

const webhook = section({
  failurePolicy: choice('Fail', 'Ignore'),
  reinvocationPolicy: choice('Never', 'IfNeeded'),
  // The bounds of the API server.
  timeoutSeconds: Type.Integer({ minimum: 1, maximum: 30 }),
  objectSelector: object,
  namespaceSelector: object,
  matchConditions: Type.Array(section({ name: text, expression: text })),
  excludedNamespaces: Type.Array(Type.String({ minLength: 1 })),
})

const redis = section({
  enabled: flag,
  host: text,
  port,
  username: text,
  tlsEnabled: flag,
  secretName: text,
  tls: certificate,
  image,
  pullPolicy,
  resources: object,
  securityContext: object,
  podSecurityContext: object,
})

/** The values below `kubernetes`: those of Connaisseur 3.x, and more. */
export const KubernetesValues = section({
  deployment,
  service: section({ type: text, port, clusterIP: text, annotations: texts }),
  serviceaccount: section({ annotations: texts }),
  webhook,
  rbac: section({ create: flag }),
  podDisruptionBudget: Type.Unsafe<object>({
    ...section({ maxUnavailable: countOrShare, minAvailable: countOrShare }),
    type: ['object', 'null'],
  }),
  autoscaling: section({
    enabled: flag,
    minReplicas: Type.Integer({ minimum: 1 }),
    maxReplicas: Type.Integer({ minimum: 1 }),
    targetCPUUtilizationPercentage: Type.Integer({ minimum: 1 }),
  }),
  networkPolicy: section({
    enabled: flag,
    egressPorts: Type.Array(port),
    extraEgress: list,
    metricsFrom: list,
  }),
  metrics: section({ enabled: flag, port }),
  serviceMonitor: section({
    enabled: flag,
    interval: text,
    scrapeTimeout: text,
    additionalLabels: texts,
  }),
  prometheusRule: section({ enabled: flag, additionalLabels: texts }),
  grafanaDashboard: section({ enabled: flag, additionalLabels: texts }),
  redis,
  alertTemplates: texts,
  additionalLabels: texts,
})
