import { TrustError } from '../trust/errors.ts'

/** One request and what it may cost. */
export interface HttpRequest {
  readonly url: URL
  /** Default is GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | undefined
  /** Besides those that every request has; `accept` is JSON by default. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Of all but GET and HEAD. */
  readonly body?: string | undefined
  /** CA certificates as PEM, which replace the system's; the system's by default. */
  readonly ca?: string | undefined
  /** What people set to a CA for this server, for messages. Default is "`cert`". */
  readonly caSetting?: string
  /** Who we are and whom we take the server for; a client without certificate by default. */
  readonly tls?: ClientTls
  /** URL of the proxy; that of the environment by default. */
  readonly proxy?: string | undefined
  /** Also read the body of an answer that is no 200. Default false. */
  readonly keepsEveryBody?: boolean
  /** Of the `Authorization` header. */
  readonly authorization?: string | undefined
  /** Cap of the body in bytes. */
  readonly maxBytes: number
  /** Aborts connecting, headers and body. */
  readonly signal: AbortSignal
}

/** What a client says and checks of its own accord when it connects. */
export interface ClientTls {
  /** PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined
  /** The name that the server's certificate must be for, where it is not the host of the URL. */
  readonly serverName?: string | undefined
  /** Takes any certificate, so anybody on the way for the server. Default false. */
  readonly insecureSkipVerify?: boolean | undefined
}

/** A whole answer; any status, redirects included, none of which is followed. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  /** Of a 200, or of any answer where that was asked for; nothing after HEAD. Others are dropped. */
  readonly body: Uint8Array
}

/**
 * Sends one request and reads the whole answer. Rejects with `UNAVAILABLE_NETWORK`,
 * `UNAVAILABLE_TLS`, `UNAVAILABLE_TIMEOUT` or `UNAVAILABLE_BODY`; messages name the host only, never the path, the
 * query or the user.
 */
export async function sendHttp(request: HttpRequest): Promise<HttpAnswer> {
  try {
    const response = await openHttp(request)
    const { status, headers } = response
    const keeps = (status === 200 || request.keepsEveryBody === true) && request.method !== 'HEAD'
    if (!keeps) await dropBody(response)
    return { status, headers, body: keeps ? await readBody(response, request) : NONE }
  } catch (error) {
    throw toTrustError(error, request)
  }
}

/**
 * Sends one request and waits for the head of the answer. Rejects with whatever `fetch` does, which
 * `toTrustError` puts into words.
 *
 * The body is taken as it is on the wire: compression is refused, because a small compressed body
 * can unfold to any size.
 */
export function openHttp(request: HttpRequest): Promise<Response> {
  const { url, method = 'GET', headers, body, authorization, signal, proxy } = request
  return fetch(url, {
    method,
    redirect: 'manual',
    signal,
    decompress: false,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...headers,
      ...(authorization !== undefined && { authorization }),
    },
    ...(body !== undefined && { body }),
    ...(proxy !== undefined && { proxy }),
    tls: tlsOf(request),
  })
}

/** Checks are asked for explicitly: `NODE_TLS_REJECT_UNAUTHORIZED=0` would otherwise switch them off. */
function tlsOf({
  ca,
  tls: { clientCertificate, serverName, insecureSkipVerify } = {},
}: HttpRequest) {
  return {
    rejectUnauthorized: insecureSkipVerify !== true,
    ...(ca !== undefined && { ca }),
    ...clientCertificate,
    ...(serverName !== undefined && { serverName }),
  }
}

const NONE = new Uint8Array()

/** The body of an error that is read to keep its connection, in bytes. */
const MAX_DROPPED_BYTES = 64 * 1024

async function dropBody(response: Response): Promise<void> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  if (length <= MAX_DROPPED_BYTES) await response.arrayBuffer()
  else await response.body?.cancel()
}

/** Reads a body within its cap. */
export async function readBody(
  response: Response,
  { url, maxBytes }: HttpRequest,
): Promise<Uint8Array> {
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
      'UNAVAILABLE_NETWORK',
      `${url.host} announces ${announced} bytes and sends ${length}`,
    )
  }
  return Buffer.concat(chunks)
}

/** Puts into words why a request failed. */
export function toTrustError(error: unknown, request: HttpRequest): TrustError {
  const { url, signal, caSetting = '`cert`' } = request
  if (error instanceof TrustError) return error
  if (signal.aborted) {
    return new TrustError('UNAVAILABLE_TIMEOUT', `${url.host} did not answer in time`, {
      cause: error,
    })
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure'
  return new TrustError(
    TLS_FAILURE.test(code) ? 'UNAVAILABLE_TLS' : 'UNAVAILABLE_NETWORK',
    `${url.host} cannot be reached: ${(FAILURES[code] ?? code).replace('`cert`', caSetting)}`,
    { cause: error },
  )
}

/** The codes of a failed handshake and, from OpenSSL's X509_V_ERR, of a certificate. */
const TLS_FAILURE =
  /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_|HOSTNAME_MISMATCH)/

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
  FailedToOpenSocket: 'no connection',
  Malformed_HTTP_Response: 'its answer is no HTTP',
  InvalidHTTPResponse: 'its answer is no HTTP',
  InvalidContentLength: 'its answer has a length that is none',
  ResponseHeadersTooLarge: 'the headers of its answer are too large',
  UnrequestedUpgrade: 'it changes to a protocol that was not asked for',
  EPROTO: 'the TLS handshake failed; does it speak TLS on this port?',
  CERT_NOT_YET_VALID: 'its TLS certificate is not yet valid',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its TLS certificate is self-signed; set `cert` to its CA',
  SELF_SIGNED_CERT_IN_CHAIN: 'its TLS certificate is from an unknown CA; set `cert` to it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its TLS certificate is from an unknown CA; set `cert` to it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its TLS certificate is from an unknown CA; set `cert` to it',
}
