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

const SliceSchema = Type.Object({
  endpoints: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Array(
        Type.Object({
          conditions: Type.Optional(
            Type.Object({ ready: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])) }),
          ),
        }),
      ),
    ]),
  ),
})

/**
 * Makes a question of whether a Service has had a ready endpoint for a moment. A webhook that is
 * registered before blocks whatever it is for. It rejects with a `ClusterError`.
 */
export function createReachability(
  api: KubeApi,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  nowMs: () => number = () => performance.now(),
): () => Promise<boolean> {
  let readySince: number | undefined
  return async () => {
    const labelSelector = `kubernetes.io/service-name=${name}`
    const { objects } = await api.list(ENDPOINT_SLICES, { namespace, labelSelector })
    const endpoints = objects.flatMap(
      (object) => readAs(SliceSchema, object, 'an EndpointSlice').endpoints ?? [],
    )
    // What is not said counts as ready (EndpointConditions of discovery/v1).
    const isReady = endpoints.some(({ conditions }) => conditions?.ready !== false)
    readySince = isReady ? (readySince ?? nowMs()) : undefined
    return readySince !== undefined && nowMs() - readySince >= SETTLE_MS
  }
}
