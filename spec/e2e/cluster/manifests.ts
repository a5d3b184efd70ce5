import type { WorkloadKind } from '../../support/workload.ts'

/** An object as a person writes it: what the API server fills in is left out. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: object
}

/** What of a workload a spec chooses. */
export interface Workload {
  readonly name: string
  readonly namespace: string
  readonly image: string
  /** Default 1, where the kind has some. */
  readonly replicas?: number
  /** Merged over the metadata. */
  readonly metadata?: object
  /** Merged over the pod's spec. */
  readonly pod?: object
}

const API_VERSIONS: Readonly<Record<WorkloadKind, string>> = {
  Pod: 'v1',
  ReplicationController: 'v1',
  ReplicaSet: 'apps/v1',
  Deployment: 'apps/v1',
  DaemonSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
}

/** Writes a workload of a kind. */
export function manifestOf(kind: WorkloadKind, workload: Workload): Manifest {
  const { name, namespace, metadata = {} } = workload
  return {
    apiVersion: API_VERSIONS[kind],
    kind,
    metadata: { name, namespace, ...metadata },
    spec: specOf(kind, workload),
  }
}

function specOf(kind: WorkloadKind, { name, image, replicas = 1, pod = {} }: Workload): object {
  const spec = { containers: [{ name: 'main', image }], ...pod }
  const template = { metadata: { labels: { app: name } }, spec }
  const selected = { selector: { matchLabels: { app: name } }, template }
  const job = { template: { spec: { ...spec, restartPolicy: 'Never' } } }
  switch (kind) {
    case 'Pod':
      return spec
    case 'ReplicationController':
      return { replicas, selector: { app: name }, template }
    case 'ReplicaSet':
    case 'Deployment':
      return { replicas, ...selected }
    case 'DaemonSet':
      return selected
    case 'StatefulSet':
      return { replicas, serviceName: name, ...selected }
    case 'Job':
      return job
    case 'CronJob':
      return { schedule: '0 3 * * *', jobTemplate: { spec: job } }
  }
}

/** Lists the images of containers in a workload of a kind, as the API has it. */
export function imagesOf(kind: WorkloadKind, spec: ReadSpec): readonly string[] {
  const pod = kind === 'CronJob' ? spec.jobTemplate?.spec.template?.spec : spec.template?.spec
  return (pod ?? spec).containers?.map(({ image }) => image) ?? []
}

/** What `imagesOf` looks into. */
export interface ReadSpec {
  readonly containers?: readonly { readonly image: string }[]
  readonly template?: { readonly spec: ReadSpec }
  readonly jobTemplate?: { readonly spec: ReadSpec }
}
