import { TrustError, type TrustErrorCode } from '../trust/errors.ts'
import type { HttpAnswer } from './http.ts'

/** How a request ended; `left` if the caller did not wait for the answer, `shed` if it was never sent. */
export type UpstreamOutcome =
  | '2xx'
  | '3xx'
  | '4xx'
  | '5xx'
  | 'network'
  | 'tls'
  | 'timeout'
  | 'body'
  | 'left'
  | 'shed'
  | 'failure'

/** One request to a server, for metrics and traces: of its URL only the host. */
export interface UpstreamCall {
  readonly host: string
  readonly outcome: UpstreamOutcome
  readonly durationMs: number
}

/** Hears of a request when it has ended. Must not throw. */
export type UpstreamObserver = (call: UpstreamCall) => void

/** Hears nothing. */
export const ignoreCall: UpstreamObserver = () => {}

/** Tells how a request ended. Nothing: it failed in a way that was not expected. */
export function outcomeOf(
  result: Pick<HttpAnswer, 'status'> | TrustError | undefined,
  signal: AbortSignal,
): UpstreamOutcome {
  if (result === undefined) return 'failure'
  if (result instanceof TrustError) return signal.aborted ? 'left' : nameOf(result.code)
  if (result.status >= 500) return '5xx'
  if (result.status >= 400) return '4xx'
  return result.status >= 300 ? '3xx' : '2xx'
}

function nameOf(code: TrustErrorCode): UpstreamOutcome {
  switch (code) {
    case 'UNAVAILABLE_NETWORK':
      return 'network'
    case 'UNAVAILABLE_TLS':
      return 'tls'
    case 'UNAVAILABLE_TIMEOUT':
      return 'timeout'
    case 'UNAVAILABLE_BODY':
      return 'body'
    default:
      return 'failure'
  }
}
