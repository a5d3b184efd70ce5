/** The longest that a server can make us wait, in milliseconds. */
const MAX_WAIT_MS = 60_000

/**
 * Reads a `Retry-After` header (RFC 9110, 10.2.3): seconds or a date. Returns milliseconds from
 * `nowMs`, at most a minute; nothing for what is neither.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null || value.length > 64) return undefined
  const text = value.trim()
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_WAIT_MS)
}
