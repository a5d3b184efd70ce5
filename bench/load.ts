import { HttpsConnection, renderRequest, type Target } from './https-connection.ts'
import { percentile } from './statistics.ts'

/** What the load generator is told, as JSON in its one argument. */
export interface LoadPlan extends Target {
  readonly connections: number
  /** Sent in turn. */
  readonly bodies: readonly string[]
  /** Not counted. */
  readonly warmUpRequests: number
  readonly requests: number
}

/** What the load generator prints, as JSON. */
export interface LoadResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const PATH = '/mutate?timeout=10s'

/** A closed loop: each connection sends its next review when the last one is answered. */
async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const requests = plan.bodies.map((body) => renderRequest('POST', PATH, body))
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => HttpsConnection.open(plan)),
  )
  await sendAll(connections, requests, plan.warmUpRequests)
  const start = performance.now()
  const latencies = (await sendAll(connections, requests, plan.requests)).toSorted((a, b) => a - b)
  const seconds = (performance.now() - start) / 1000
  for (const connection of connections) connection.close()
  return {
    perSecond: plan.requests / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  }
}

/** Returns the latency of each request in milliseconds. */
async function sendAll(
  connections: readonly HttpsConnection[],
  requests: readonly Uint8Array[],
  count: number,
): Promise<readonly number[]> {
  const latencies: number[] = []
  let left = count
  const loop = async (connection: HttpsConnection) => {
    while (left-- > 0) {
      const request = requests[left % requests.length] ?? new Uint8Array()
      const start = performance.now()
      const { status, body } = await connection.send(request)
      latencies.push(performance.now() - start)
      if (status !== 200 || !body.includes('"allowed":true')) {
        throw new Error(`a review was answered with ${status} ${body.slice(0, 500)}`)
      }
    }
  }
  await Promise.all(connections.map(loop))
  return latencies
}

if (import.meta.main) {
  const plan: LoadPlan = JSON.parse(process.argv[2] ?? '')
  console.log(JSON.stringify(await runLoad(plan)))
  process.exit(0)
}
