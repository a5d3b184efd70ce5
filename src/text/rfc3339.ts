const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/**
 * Parses a time such as `2026-12-07T03:44:16.236405331Z`; undefined for anything else, days that do
 * not exist included. Fractions of a second are dropped, which is never later.
 */
export function parseRfc3339(text: string): Date | undefined {
  const [, seconds, zone] = RFC3339.exec(text) ?? []
  const local = new Date(`${seconds}Z`)
  const time = new Date(`${seconds}${zone}`)
  if (Number.isNaN(time.getTime()) || !local.toISOString().startsWith(`${seconds}.`)) {
    return undefined
  }
  return time
}
