const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/**
 * Tells whether `host[:port]`, as people write it, is exactly the host of a URL; the port of the
 * URL's scheme may be left out.
 */
export function isHostOf(written: string, url: string): boolean {
  const { protocol, host } = new URL(url)
  return HOST.test(written) && URL.parse(`${protocol}//${written}`)?.host === host
}
