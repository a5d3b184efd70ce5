/** What the API server waits when the webhook's registration does not say, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 10_000

/** Kept back so that the answer arrives before the API server gives up, in milliseconds. */
const MARGIN_MS = 500

/** The API server allows at most 30 seconds (`timeoutSeconds` of a webhook). */
const MAX_TIMEOUT_MS = 30_000

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

/**
 * Reads how long a request may take, in milliseconds, from the `timeout` query parameter that the
 * API server sends, a Go duration such as `10s`, less a margin; 10 s without a usable one.
 */
export function readTimeoutMs(timeout: string | null): number {
  const parts = [...(timeout ?? '').matchAll(/(\d{1,9}(?:\.\d{1,9})?)(ms|s|m)/gy)]
  const readable = parts.length > 0 && parts.map(([part]) => part).join('') === timeout
  if (!readable) return DEFAULT_TIMEOUT_MS
  const totalMs = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0),
    0,
  )
  const boundedMs = Math.min(totalMs, MAX_TIMEOUT_MS)
  return Math.max(boundedMs - MARGIN_MS, boundedMs / 2)
}
