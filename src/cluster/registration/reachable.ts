import { Type } from '@sinclair/typebox'
import type { KubeApi } from '../api.ts'
import { readAs } from '../object.ts'
import type { Resource } from '../resource.ts'

/** How long those who route to the Service get to hear of its first endpoint, in milliseconds. */
const SETTLE_MS = 3000

const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
}

/** How long a replica leaves it to another one to be the first, in milliseconds: that may be broken. */
const FOLLOW_MS = 20_000

const SliceSchema = Type.Object({
  endpoints: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Array(
        Type.Object({
          conditions: Type.Optional(
            Type.Object({ ready: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])) }),
          ),
          targetRef: Type.Optional(Type.Object({ name: Type.Optional(Type.String()) })),
        }),
      ),
    ]),
  ),
})

/** Whether the Service leads to somebody, and what this replica has to do while it does not. */
export type Reach =
  /** It has for a moment, so that whoever routes to it has heard of that. */
  | 'reachable'
  /** This replica has to be ready, so that there is somebody to reach. */
  | 'leading'
  /** Another one is the first; who waits for all replicas then waits for the webhook too. */
  | 'following'

/** Which replica asks, and its clock. */
export interface ReachOptions {
  /** The name of its pod, if it has one. */
  readonly podName?: string | undefined
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number
}

/**
 * Makes a question of whether a Service leads to a ready replica. A webhook that is registered before
 * blocks whatever it is for. It rejects with a `ClusterError`.
 */
export function createReachability(
  api: KubeApi,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  { podName, nowMs = () => performance.now() }: ReachOptions = {},
): () => Promise<Reach> {
  let readySince: number | undefined
  let followingSince: number | undefined
  return async () => {
    const labelSelector = `kubernetes.io/service-name=${name}`
    const { objects } = await api.list(ENDPOINT_SLICES, { namespace, labelSelector })
    const endpoints = objects.flatMap(
      (object) => readAs(SliceSchema, object, 'an EndpointSlice').endpoints ?? [],
    )
    // What is not said counts as ready (EndpointConditions of discovery/v1).
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false)
    readySince = ready.length > 0 ? (readySince ?? nowMs()) : undefined
    if (readySince !== undefined && nowMs() - readySince >= SETTLE_MS) return 'reachable'
    const candidates = ready.length > 0 ? ready : endpoints
    const names = candidates.flatMap(({ targetRef }) => targetRef?.name ?? [])
    const isFirst =
      podName === undefined ||
      (ready.length > 0 ? names.includes(podName) : isLeast(podName, names))
    if (isFirst) return 'leading'
    followingSince ??= nowMs()
    const hasWaited = readySince === undefined && nowMs() - followingSince >= FOLLOW_MS
    return hasWaited ? 'leading' : 'following'
  }
}

function isLeast(own: string, names: readonly string[]): boolean {
  return names.every((name) => own <= name)
}
