import { type HttpAnswer, type HttpRequest, openHttp, readBody, toTrustError } from './http.ts'

/** The answer to a request whose body has no end of its own. */
export type HttpStream =
  | { readonly status: 200; readonly chunks: AsyncIterable<Uint8Array> }
  | Pick<HttpAnswer, 'status' | 'body'>

/**
 * Sends one request and hands on the body of a 200 as it comes; `maxBytes` caps every other body.
 * Rejects, and its chunks reject, as `sendHttp` does. Who stops reading before the end has to abort
 * the signal.
 */
export async function httpStream(request: HttpRequest): Promise<HttpStream> {
  try {
    const response = await openHttp(request)
    const { status } = response
    if (status === 200) return { status, chunks: readChunks(response, request) }
    return { status, body: await readBody(response, request) }
  } catch (error) {
    throw toTrustError(error, request)
  }
}

async function* readChunks(response: Response, request: HttpRequest): AsyncIterable<Uint8Array> {
  try {
    yield* response.body ?? []
  } catch (error) {
    throw toTrustError(error, request)
  }
}
