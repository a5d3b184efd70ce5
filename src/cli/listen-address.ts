import { UsageError } from './command.ts'

/** Where a server listens. */
export interface ListenAddress {
  readonly hostname: string
  readonly port: number
}

/**
 * Parses `HOST:PORT`, `[IPV6]:PORT` or `:PORT` (every IPv4 address); port 0 is any free one. Throws
 * a `UsageError`.
 */
export function parseListenAddress(text: string, flag = 'listen'): ListenAddress {
  const [, ipv6, host, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits ?? 'NaN')
  if (!(port <= 65_535)) throw new UsageError(`--${flag} needs HOST:PORT, not ${text}`)
  return { hostname: ipv6 ?? (host || '0.0.0.0'), port }
}
