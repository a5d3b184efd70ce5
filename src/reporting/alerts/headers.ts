import { Secret } from '../../text/secret.ts'

/** A header that goes with every alert of a receiver. */
export interface Header {
  readonly name: string
  readonly value: Secret
}

/** A token of RFC 9110, 5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/

/** Visible ASCII, blanks and tabs (RFC 9110, 5.5): a line break would begin another header. */
const VALUE = /^[\t\x20-\x7e]{0,8192}$/

/** What the HTTP client writes itself; another value would make a request that means two things. */
const OURS = /^(?:host|content-length|transfer-encoding|connection|expect|upgrade|te|trailer)$/i

interface Context {
  report(path: readonly string[], message: string, fix: string): void
  expand(path: readonly string[], text: string): string | undefined
}

/** Parses `customHeaders`. Undefined if one is wrong: that has been reported. */
export function parseHeaders(
  list: readonly unknown[],
  context: Context,
): readonly Header[] | undefined {
  const headers = list.map((text, index) =>
    typeof text === 'string' ? parseHeader(text, String(index), context) : undefined,
  )
  return headers.every((header) => header !== undefined) ? headers : undefined
}

function parseHeader(text: string, index: string, { report, expand }: Context): Header | undefined {
  const path = ['customHeaders', index]
  const expanded = expand(path, text)
  if (expanded === undefined) return undefined
  const colon = expanded.indexOf(':')
  const name = expanded.slice(0, Math.max(0, colon)).trim()
  const value = expanded.slice(colon + 1).trim()
  if (!NAME.test(name) || !VALUE.test(value)) {
    report(path, `header ${Number(index) + 1} is no header.`, 'Write it as "Name: value".')
    return undefined
  }
  if (OURS.test(name)) {
    report(path, `header ${Number(index) + 1} is written by the program itself.`, 'Remove it.')
    return undefined
  }
  return { name, value: new Secret(value) }
}
