import { MAX_REVIEW_BYTES } from '../admission/review.ts'
import type { Deadline } from './deadline.ts'
import { HttpError } from './http-error.ts'

/**
 * Reads the body of a request within its cap and its deadline. Throws an `HttpError`: 413 for a
 * body that is larger, announced or not, and 408 for one that does not come.
 */
export async function readBody(request: Request, deadline: Deadline): Promise<Uint8Array> {
  const body = await Promise.race([readCapped(request), deadline.passed])
  if (body === undefined) throw new HttpError(408, 'the body did not arrive in time')
  return body
}

/**
 * A body whose length is announced is as long as that: the server refuses one that is announced as
 * chunked besides. Others are counted.
 */
function readCapped(request: Request): Promise<Uint8Array> {
  const { headers, body } = request
  const announced = headers.get('content-length')
  if (Number(announced ?? 0) > MAX_REVIEW_BYTES) throw tooLarge()
  if (announced !== null) return request.bytes()
  return readCounted(body)
}

async function readCounted(body: AsyncIterable<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > MAX_REVIEW_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(): HttpError {
  return new HttpError(413, `the body has more than ${MAX_REVIEW_BYTES} bytes`)
}
