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

/** What a request does that has not ended: it waits for its turn or for its server, or is with it. */
export type UpstreamState = 'waiting' | 'active'

/** Hears of requests to servers. Must not throw. */
export interface UpstreamObserver {
  /** A request has ended, or was never sent. */
  ended(call: UpstreamCall): void
  /** A request begins to wait or to be with a server; what is returned is called when that is over. */
  began(host: string, state: UpstreamState): () => void
}

/** Hears nothing. */
export const ignoreCalls: UpstreamObserver = { ended: () => {}, began: () => () => {} }

/** Has an observer hear of requests to one server as if they were to another, whose business they are. */
export function observeAs(
  host: string,
  observer: UpstreamObserver | undefined,
): UpstreamObserver | undefined {
  return (
    observer && {
      ended: (call) => observer.ended({ ...call, host }),
      began: (_, state) => observer.began(host, state),
    }
  )
}

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
