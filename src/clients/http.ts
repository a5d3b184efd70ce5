import { TrustError } from '../trust/errors.ts'

/** One GET and what it may cost. */
export interface HttpRequest {
  readonly url: URL
  /** CA certificates as PEM, which replace the system's; the system's by default. */
  readonly ca?: string
  /** Cap of the body in bytes. */
  readonly maxBytes: number
  /** Aborts connecting, headers and body. */
  readonly signal: AbortSignal
}

/** A whole answer; any status, redirects included, none of which is followed. */
export interface HttpAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** Said explicitly, because `NODE_TLS_REJECT_UNAUTHORIZED=0` would otherwise switch it off. */
const STRICT_TLS = { rejectUnauthorized: true } as const

/**
 * Sends one GET and reads the whole answer. Rejects with `UNAVAILABLE_NETWORK`,
 * `UNAVAILABLE_TIMEOUT` or `UNAVAILABLE_BODY`; messages name the host only, never the path, the
 * query or the user.
 *
 * The body is taken as it is on the wire: compression is refused, because a small compressed body
 * can unfold to any size.
 */
export async function httpGet(request: HttpRequest): Promise<HttpAnswer> {
  try {
    const response = await fetch(request.url, {
      redirect: 'manual',
      signal: request.signal,
      decompress: false,
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      tls: { ...STRICT_TLS, ...(request.ca === undefined ? {} : { ca: request.ca }) },
    })
    return { status: response.status, body: await readBody(response, request) }
  } catch (error) {
    throw toTrustError(error, request)
  }
}

async function readBody(response: Response, { url, maxBytes }: HttpRequest): Promise<Uint8Array> {
  const encoding = response.headers.get('content-encoding') ?? 'identity'
  if (encoding !== 'identity') {
    await response.body?.cancel()
    throw new TrustError(
      'UNAVAILABLE_BODY',
      `${url.host} answers with ${encoding} encoding, which was not asked for`,
    )
  }
  const announced = response.headers.get('content-length')
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) {
      throw new TrustError(
        'UNAVAILABLE_BODY',
        `${url.host} answers with more than ${maxBytes} bytes`,
      )
    }
    chunks.push(chunk)
  }
  if (announced !== null && Number(announced) !== length) {
    throw new TrustError(
      'UNAVAILABLE_BODY',
      `${url.host} announces ${announced} bytes and sends ${length}`,
    )
  }
  return Buffer.concat(chunks)
}

function toTrustError(error: unknown, { url, signal }: HttpRequest): TrustError {
  if (error instanceof TrustError) return error
  if (signal.aborted) {
    return new TrustError('UNAVAILABLE_TIMEOUT', `${url.host} did not answer in time`, {
      cause: error,
    })
  }
  return new TrustError(
    'UNAVAILABLE_NETWORK',
    `${url.host} cannot be reached: ${describe(error)}`,
    {
      cause: error,
    },
  )
}

/** The failures that people meet, in words; Bun's own messages may carry the whole URL. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ConnectionRefused: 'connection refused',
  ECONNRESET: 'connection closed by the server',
  ConnectionClosed: 'connection closed by the server',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'name resolution failed',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  CERT_NOT_YET_VALID: 'its TLS certificate is not yet valid',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its TLS certificate is self-signed; set `cert` to its CA',
  SELF_SIGNED_CERT_IN_CHAIN: 'its TLS certificate is from an unknown CA; set `cert` to it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its TLS certificate is from an unknown CA; set `cert` to it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its TLS certificate is from an unknown CA; set `cert` to it',
}

function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure'
  return FAILURES[code] ?? code
}
