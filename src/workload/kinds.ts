const TEMPLATE = ['spec', 'template', 'spec'] as const

/** Keyed by `group/kind`; a `Job` of `batch.volcano.sh` is somebody else's. */
const POD_SPEC_PATHS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['/Pod', ['spec']],
  ['/ReplicationController', TEMPLATE],
  ['apps/ReplicaSet', TEMPLATE],
  ['apps/Deployment', TEMPLATE],
  ['apps/DaemonSet', TEMPLATE],
  ['apps/StatefulSet', TEMPLATE],
  ['batch/Job', TEMPLATE],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
])

/** Finds where a kind keeps its pod spec, in every version of the kind; undefined if it has none. */
export function podSpecPath(group: string, kind: string): readonly string[] | undefined {
  return POD_SPEC_PATHS.get(`${group}/${kind}`)
}
