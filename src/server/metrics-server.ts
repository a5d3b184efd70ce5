import { HttpError, toErrorResponse } from './http-error.ts'
import { type MetricsText, refuseMethod, toMetricsResponse } from './metrics.ts'
import { cannotListen, type ListenAddress, type RunningServer } from './start.ts'

/** Answers `/metrics` over plain HTTP, for a Prometheus that does not know our CA. */
export function startMetricsServer(
  metrics: () => Promise<MetricsText>,
  address: ListenAddress,
): Pick<RunningServer, 'address' | 'stop'> {
  const answer = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname !== '/metrics') {
      return toErrorResponse(new HttpError(404, 'there is no such path'))
    }
    if (request.method !== 'GET') return refuseMethod(request, 'GET')
    return toMetricsResponse(await metrics())
  }
  try {
    const server = Bun.serve({ ...address, fetch: answer, maxRequestBodySize: 0 })
    return { address: server.url.host, stop: () => server.stop(true) }
  } catch (cause) {
    throw cannotListen(address, cause)
  }
}
