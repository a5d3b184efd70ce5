/** The kinds that list images. */
export type WorkloadKind =
  | 'Pod'
  | 'ReplicationController'
  | 'ReplicaSet'
  | 'Deployment'
  | 'DaemonSet'
  | 'StatefulSet'
  | 'Job'
  | 'CronJob'

/** The images of a pod, by where they stand. */
export interface PodImages {
  readonly containers?: readonly string[]
  readonly init?: readonly string[]
  readonly ephemeral?: readonly string[]
  readonly volumes?: readonly string[]
}

/** What a builder takes; a bare image or list of images is the pod's containers. */
export type Images = string | readonly string[] | PodImages

/** A Kubernetes object as the API server sends it to a webhook, defaults filled in. */
export interface Workload {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly spec: Readonly<Record<string, unknown>>
}

/** Builds a workload; `metadata` is merged over what the API server would have set. */
export type WorkloadBuilder = (
  images: Images,
  metadata?: Readonly<Record<string, unknown>>,
) => Workload

/** Pods come with the token volume and the tolerations that admission plug-ins add. */
export const pod: WorkloadBuilder = (images, metadata) =>
  workload('v1', 'Pod', metadata, podSpec(images))

/** Replicas of a pod, the oldest way. */
export const replicationController: WorkloadBuilder = (images, metadata) =>
  workload('v1', 'ReplicationController', metadata, {
    replicas: 2,
    selector: { app: 'app' },
    template: template(images),
  })

/** Replicas of a pod, as a Deployment makes them. */
export const replicaSet: WorkloadBuilder = (images, metadata) =>
  workload('apps/v1', 'ReplicaSet', metadata, { replicas: 2, ...selected(images) })

/** About 3 KB in a review. */
export const deployment: WorkloadBuilder = (images, metadata) =>
  workload('apps/v1', 'Deployment', metadata, {
    replicas: 2,
    ...selected(images),
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  })

/** One pod on each node. */
export const daemonSet: WorkloadBuilder = (images, metadata) =>
  workload('apps/v1', 'DaemonSet', metadata, {
    ...selected(images),
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    revisionHistoryLimit: 10,
  })

/** Pods with names that stay. */
export const statefulSet: WorkloadBuilder = (images, metadata) =>
  workload('apps/v1', 'StatefulSet', metadata, {
    replicas: 2,
    ...selected(images),
    serviceName: 'app',
    podManagementPolicy: 'OrderedReady',
  })

/** A pod that runs to its end. */
export const job: WorkloadBuilder = (images, metadata) =>
  workload('batch/v1', 'Job', metadata, jobSpec(images))

/** A pod that runs to its end every night. */
export const cronJob: WorkloadBuilder = (images, metadata) =>
  workload('batch/v1', 'CronJob', metadata, {
    schedule: '0 3 * * *',
    concurrencyPolicy: 'Allow',
    suspend: false,
    jobTemplate: { metadata: { creationTimestamp: null }, spec: jobSpec(images) },
  })

/** Every builder by its kind, for specs of a rule that holds for all. */
export const WORKLOADS: Readonly<Record<WorkloadKind, WorkloadBuilder>> = {
  Pod: pod,
  ReplicationController: replicationController,
  ReplicaSet: replicaSet,
  Deployment: deployment,
  DaemonSet: daemonSet,
  StatefulSet: statefulSet,
  Job: job,
  CronJob: cronJob,
}

function workload(
  apiVersion: string,
  kind: WorkloadKind,
  metadata: Readonly<Record<string, unknown>> = {},
  spec: Readonly<Record<string, unknown>> = {},
): Workload {
  const defaults = {
    name: 'app',
    namespace: 'default',
    uid: '6d9d7a0c-3a52-4a0b-8a5e-2b7d0f3c9e11',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: 'app' },
    managedFields: [
      {
        manager: 'kubectl-client-side-apply',
        operation: 'Update',
        apiVersion,
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } }, 'f:spec': {} },
      },
    ],
  }
  return { apiVersion, kind, metadata: { ...defaults, ...metadata }, spec }
}

function selected(images: Images) {
  return { selector: { matchLabels: { app: 'app' } }, template: template(images) }
}

function jobSpec(images: Images) {
  return { parallelism: 1, completions: 1, backoffLimit: 6, template: template(images) }
}

function template(images: Images) {
  return {
    metadata: { creationTimestamp: null, labels: { app: 'app' } },
    spec: podSpec(images),
  }
}

function toPodImages(images: Images): PodImages {
  if (typeof images === 'string') return { containers: [images] }
  return 'length' in images ? { containers: images } : images
}

function podSpec(images: Images) {
  const { containers = [], init, ephemeral, volumes = [] } = toPodImages(images)
  return {
    volumes: [
      ...volumes.map((reference, index) => ({
        name: `image-${index}`,
        image: { reference, pullPolicy: 'IfNotPresent' },
      })),
      { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    ],
    ...(init && { initContainers: init.map(container('init')) }),
    containers: containers.map(container('main')),
    ...(ephemeral && { ephemeralContainers: ephemeral.map(container('debug')) }),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    schedulerName: 'default-scheduler',
    tolerations: [
      {
        key: 'node.kubernetes.io/not-ready',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
    ],
  }
}

function container(prefix: string) {
  return (image: string, index: number) => ({
    name: `${prefix}-${index}`,
    image,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: [
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'POD_IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } },
    ],
    resources: {
      limits: { cpu: '500m', memory: '256Mi' },
      requests: { cpu: '100m', memory: '128Mi' },
    },
    volumeMounts: [{ name: 'token', readOnly: true, mountPath: '/var/run/secrets/token' }],
    readinessProbe: {
      httpGet: { path: '/health', port: 'http', scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  })
}
