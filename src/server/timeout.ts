/** What the API server waits when the webhook's registration does not say, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 10_000

/**
 * Kept back so that the answer arrives before the API server gives up, in milliseconds. It rounds
 * what is left of its patience up to whole seconds (webhook dispatcher of apiserver).
 */
const MARGIN_MS = 1000

/** The API server allows at most 30 seconds (`timeoutSeconds` of a webhook). */
const MAX_TIMEOUT_MS = 30_000

const DURATION = /^(?:(\d{1,4})m)?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,6}(?:\.\d{1,9})?)ms)?$/

/**
 * Reads how long a request may take, in milliseconds, from the `timeout` query parameter that the
 * API server sends, a Go duration such as `10s`, less a margin; 10 s without a usable one.
 */
export function readTimeoutMs(url: string): number {
  const query = url.indexOf('?')
  const timeout = query < 0 ? null : new URLSearchParams(url.slice(query)).get('timeout')
  const match = timeout ? DURATION.exec(timeout) : null
  if (match === null) return DEFAULT_TIMEOUT_MS
  const [, minutes = 0, seconds = 0, milliseconds = 0] = match
  const totalMs = Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(milliseconds)
  const boundedMs = Math.min(totalMs, MAX_TIMEOUT_MS)
  return Math.max(boundedMs - MARGIN_MS, boundedMs / 2)
}
