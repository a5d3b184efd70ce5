import { MAX_REVIEW_BYTES } from '../admission/review.ts'
import type { Deadline } from './deadline.ts'
import { HttpError } from './http-error.ts'
import type { Taken } from './intake.ts'

/**
 * The longest body that counts with what it announces, in bytes, and is read in one go, which costs much
 * less. Most reviews are shorter; a longer one counts as it arrives, else a handful of connections that
 * announce much and send nothing would have all others refused.
 */
const MAX_PLEDGED_BYTES = 64 * 1024

/**
 * Reads the body of a request within its cap and its deadline. Throws an `HttpError`: 413 for a
 * body that is larger, announced or not, 408 for one that does not come, and 503 where too much is in
 * hand already.
 */
export async function readBody(
  request: Request,
  deadline: Deadline,
  taken: Taken,
): Promise<Uint8Array> {
  const body = await Promise.race([readCapped(request, taken), deadline.passed])
  if (body === undefined) throw new HttpError(408, 'the body did not arrive in time')
  return body
}

/**
 * A body whose length is announced is as long as that: the server refuses one that is announced as
 * chunked besides. Others are counted.
 */
async function readCapped(request: Request, taken: Taken): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN)
  if (announced > MAX_REVIEW_BYTES) throw tooLarge()
  if (!(announced >= 0 && announced <= MAX_PLEDGED_BYTES)) return readCounted(request.body, taken)
  taken.hold(announced)
  return request.bytes()
}

async function readCounted(
  body: AsyncIterable<Uint8Array> | null,
  taken: Taken,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > MAX_REVIEW_BYTES) throw tooLarge()
    taken.hold(chunk.length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(): HttpError {
  return new HttpError(413, `the body has more than ${MAX_REVIEW_BYTES} bytes`)
}
