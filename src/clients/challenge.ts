/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case, such as `bearer`. */
  readonly scheme: string
  /** By their names in lower case. */
  readonly params: ReadonlyMap<string, string>
}

/** The longest header that is read, in characters. */
const MAX_LENGTH = 4096

const SEPARATORS = /[ \t,]*/y
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const TOKEN68 = /[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y
const EQUALS = /[ \t]*=[ \t]*/y
const QUOTED = /"(?:[^"\\]|\\.)*"/y

/** Parses the challenges of a header (RFC 9110, 11.6.1). Throws a `SyntaxError`. */
export function parseChallenges(header: string): readonly Challenge[] {
  if (header.length > MAX_LENGTH) throw new SyntaxError('the header is too long')
  const challenges: { scheme: string; params: Map<string, string> }[] = []
  let position = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position
    const found = pattern.exec(header)?.[0]
    position += found?.length ?? 0
    return found
  }
  for (take(SEPARATORS); position < header.length; take(SEPARATORS)) {
    const name = take(TOKEN)?.toLowerCase()
    if (name === undefined) throw new SyntaxError('a name was expected')
    if (take(EQUALS) === undefined) {
      challenges.push({ scheme: name, params: new Map() })
      take(TOKEN68)
      continue
    }
    const value = take(TOKEN) ?? unquote(take(QUOTED))
    const params = challenges.at(-1)?.params
    if (value === undefined || params === undefined) throw new SyntaxError('a value was expected')
    if (params.has(name)) throw new SyntaxError(`there are two of ${name}`)
    params.set(name, value)
  }
  return challenges
}

function unquote(text: string | undefined): string | undefined {
  return text?.slice(1, -1).replace(/\\(.)/g, '$1')
}
