/** What an endpoint says nothing of lasts as long as Docker's specification has it, in seconds. */
const DEFAULT_LIFETIME_S = 60
const MAX_LIFETIME_S = 24 * 60 * 60

/** What fits a header: Bearer tokens are visible ASCII (RFC 6750, 2.1). */
const TOKEN = /^[\x21-\x7e]{1,16384}$/

/** A token and how long it may be used, in milliseconds from when it was asked for. */
export interface Token {
  readonly token: string
  readonly lifetimeMs: number
}

/** Parses the answer of a token endpoint. Throws a `SyntaxError`, which does not quote it. */
export function parseToken(body: Uint8Array): Token {
  const { token, access_token: accessToken, expires_in: expiresIn } = parseObject(body)
  const text = token ?? accessToken
  if (typeof text !== 'string' || !TOKEN.test(text)) throw new SyntaxError('it holds no token')
  const seconds = expiresIn ?? DEFAULT_LIFETIME_S
  if (typeof seconds !== 'number' || !(seconds >= 0)) throw new SyntaxError('its time is no number')
  return { token: text, lifetimeMs: Math.min(seconds, MAX_LIFETIME_S) * 1000 }
}

function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    // The parser's message quotes the text.
    throw new SyntaxError('it is not JSON')
  }
  if (typeof json === 'object' && json !== null) return { ...json }
  throw new SyntaxError('it is no object')
}
