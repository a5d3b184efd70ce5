import { Type } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import { quote } from '../text/quote.ts'
import type { TrustError } from '../trust/errors.ts'
import { ClusterError, type ClusterErrorCode } from './cluster-error.ts'

/** What of metav1.Status tells one failure from another. */
const StatusSchema = Type.Object({
  kind: Type.Literal('Status'),
  message: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  code: Type.Optional(Type.Integer()),
})

/** How much is shown of what the API server says, in characters. */
const MAX_CHARACTERS = 300

/** Makes the error of an answer that is no success; `what` tells what was asked. */
export function toClusterError(status: number, answer: unknown, what: string): ClusterError {
  const known = Check(StatusSchema, answer) ? answer : undefined
  const code = codeOf(status, known?.reason)
  // What a server says of credentials that it refuses might show them.
  const said = code === 'UNAUTHORIZED' ? undefined : known?.message
  const detail = said === undefined || said === '' ? '' : `: ${quote(said, MAX_CHARACTERS)}`
  return new ClusterError(code, `the API server does not ${what} (HTTP ${status})${detail}`)
}

/** Makes the error that an event of a watch carries. */
export function readWatchError(answer: unknown, what: string): ClusterError {
  const status = Check(StatusSchema, answer) ? (answer.code ?? 500) : 500
  return toClusterError(status, answer, what)
}

function codeOf(status: number, reason: string | undefined): ClusterErrorCode {
  switch (status) {
    case 401:
      return 'UNAUTHORIZED'
    case 403:
      return 'FORBIDDEN'
    case 404:
      return 'NOT_FOUND'
    case 409:
      return reason === 'AlreadyExists' ? 'ALREADY_EXISTS' : 'CONFLICT'
    case 410:
      return 'EXPIRED'
    default:
      return status >= 400 && status < 500 && status !== 429 ? 'INVALID' : 'UNAVAILABLE'
  }
}

/** Makes the error of a request that got no answer. */
export function toUnavailable(cause: TrustError, what: string): ClusterError {
  const code = cause.code === 'UNAVAILABLE_BODY' ? 'MALFORMED' : 'UNAVAILABLE'
  return new ClusterError(code, `cannot ${what}: ${cause.message}`, { cause })
}
