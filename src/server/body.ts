import { MAX_REVIEW_BYTES } from '../admission/review.ts'
import { HttpError } from './http-error.ts'

/**
 * Reads the body of a request within its cap and its deadline. Throws an `HttpError`: 413 for a
 * body that is larger, announced or not, and 408 for one that does not come.
 */
export async function readBody(request: Request, signal: AbortSignal): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_REVIEW_BYTES) throw tooLarge()
  if (request.body === null) return new Uint8Array()
  const reader: BodyReader = request.body.getReader()
  const cancel = () => void reader.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const body = await readAll(reader)
    if (signal.aborted) throw new HttpError(408, 'the body did not arrive in time')
    return body
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

type BodyReader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>

async function readAll(reader: BodyReader): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    length += value.length
    if (length > MAX_REVIEW_BYTES) throw tooLarge()
    chunks.push(value)
  }
}

function tooLarge(): HttpError {
  return new HttpError(413, `the body has more than ${MAX_REVIEW_BYTES} bytes`)
}
