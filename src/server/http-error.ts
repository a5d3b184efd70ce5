/** A request that is answered with an HTTP error, because it is no AdmissionReview to decide on. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Answers `{"error": ...}`. The connection is closed, since a body may be left unread on it. */
export function toErrorResponse({ status, message }: HttpError): Response {
  return Response.json({ error: message }, { status, headers: { connection: 'close' } })
}
