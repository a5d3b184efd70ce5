import { quote } from '../text/quote.ts'

/** A JSON value whose objects have no prototype, so that `__proto__` is a name like any other. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A JSON object as `parseStrictJson` makes it. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** Deepest nesting that is followed; Notary's metadata needs 6. */
const MAX_DEPTH = 32

/** Space, tab, line feed, carriage return. */
const WHITESPACE: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]
/** Control characters are left to `JSON.parse`, which refuses them raw. */
const PLAIN_CHARACTERS = /[^"\\\p{Cc}]*/uy
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

/**
 * Parses signed JSON from an untrusted server. Two parsers must never read it differently, so
 * everything ambiguous throws a `SyntaxError`: bytes that are not UTF-8, a byte order mark,
 * duplicate members, lone surrogates, numbers other than safe integers, trailing bytes. `maxValues`
 * bounds the work per byte, which small values make large; none where the length alone is enough.
 */
export function parseStrictJson(bytes: Uint8Array, maxValues = Number.POSITIVE_INFINITY): Json {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new SyntaxError('not valid UTF-8', { cause })
  }
  return new Parser(text, maxValues).parse()
}

class Parser {
  readonly #text: string
  readonly #maxValues: number
  #values = 0
  #at = 0

  constructor(text: string, maxValues: number) {
    this.#text = text
    this.#maxValues = maxValues
  }

  parse(): Json {
    const value = this.#value(0)
    this.#skipWhitespace()
    if (this.#at !== this.#text.length) throw this.#unexpected('trailing bytes')
    return value
  }

  #value(depth: number): Json {
    if (depth > MAX_DEPTH) throw this.#unexpected(`nesting deeper than ${MAX_DEPTH}`)
    this.#values++
    if (this.#values > this.#maxValues)
      throw this.#unexpected(`more than ${this.#maxValues} values`)
    this.#skipWhitespace()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        return this.#integer()
    }
  }

  #object(depth: number): JsonObject {
    const object: Record<string, Json> = Object.create(null)
    this.#at++
    if (this.#take('}')) return object
    do {
      this.#skipWhitespace()
      if (this.#text[this.#at] !== '"') throw this.#unexpected('no member name')
      const name = this.#string()
      if (name in object) throw this.#unexpected(`duplicate member ${quote(name)}`)
      if (!this.#take(':')) throw this.#unexpected('no colon after a member name')
      object[name] = this.#value(depth + 1)
    } while (this.#take(','))
    if (!this.#take('}')) throw this.#unexpected('unclosed object')
    return object
  }

  #array(depth: number): readonly Json[] {
    const array: Json[] = []
    this.#at++
    if (this.#take(']')) return array
    do {
      array.push(this.#value(depth + 1))
    } while (this.#take(','))
    if (!this.#take(']')) throw this.#unexpected('unclosed array')
    return array
  }

  #string(): string {
    const start = this.#at
    PLAIN_CHARACTERS.lastIndex = start + 1
    PLAIN_CHARACTERS.exec(this.#text)
    const end = PLAIN_CHARACTERS.lastIndex
    if (this.#text[end] === '"') {
      this.#at = end + 1
      return this.#text.slice(start + 1, end)
    }
    this.#at = this.#endOfString(end)
    return this.#unescape(this.#text.slice(start, this.#at))
  }

  /** Finds the end of a string with escapes, which a regular expression gives up on if it is long. */
  #endOfString(from: number): number {
    for (let at = from; at < this.#text.length; at++) {
      if (this.#text[at] === '"') return at + 1
      if (this.#text[at] === '\\') at++
    }
    throw this.#unexpected('unclosed string')
  }

  #unescape(quoted: string): string {
    let value: unknown
    try {
      value = JSON.parse(quoted)
    } catch (cause) {
      throw new SyntaxError(`malformed string before character ${this.#at}`, { cause })
    }
    if (typeof value !== 'string' || !value.isWellFormed()) {
      throw this.#unexpected('string with a lone surrogate')
    }
    return value
  }

  #integer(): number {
    NUMBER.lastIndex = this.#at
    const digits = NUMBER.exec(this.#text)?.[0]
    if (digits === undefined) throw this.#unexpected('no JSON value')
    const value = Number(digits)
    if (!/^-?[0-9]+$/.test(digits) || !Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw this.#unexpected(`number ${digits.slice(0, 32)} that is not a safe integer`)
    }
    this.#at = NUMBER.lastIndex
    return value
  }

  #literal<Value extends Json>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected('no JSON value')
    this.#at += word.length
    return value
  }

  #take(character: string): boolean {
    this.#skipWhitespace()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #skipWhitespace(): void {
    while (WHITESPACE.includes(this.#text.charCodeAt(this.#at))) this.#at++
  }

  #unexpected(what: string): SyntaxError {
    return new SyntaxError(`${what} at character ${this.#at}`)
  }
}
