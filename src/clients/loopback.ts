import { isIP } from 'node:net'

/** Tells whether a host name of a URL is the machine's own, which nobody can listen in on. */
export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true
  return isIP(hostname) === 4 && hostname.startsWith('127.')
}
