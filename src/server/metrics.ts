import { HttpError, toErrorResponse } from './http-error.ts'

/** Metrics, rendered. */
export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

/** Answers `/metrics`. */
export function toMetricsResponse({ contentType, text }: MetricsText): Response {
  return new Response(text, { headers: { 'content-type': contentType } })
}

/** Answers a method that a path does not have. */
export function refuseMethod(request: Request, expected: string): Response {
  return toErrorResponse(new HttpError(405, `${expected} was expected, not ${request.method}`))
}
