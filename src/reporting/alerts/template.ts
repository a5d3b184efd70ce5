import { type Placeholder, parsePlaceholder } from './placeholder.ts'

/**
 * A JSON value with placeholders in it. It is a tree before anything is put into it, so what is put
 * into it can never become a part of its structure.
 */
export type Template =
  | { readonly kind: 'text'; readonly parts: readonly (string | Placeholder)[] }
  | { readonly kind: 'value'; readonly placeholder: Placeholder }
  | { readonly kind: 'plain'; readonly value: number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly members: readonly TemplateMember[] }

/** A member of an object; its name may have placeholders too. */
export type TemplateMember = readonly [name: Template, value: Template]

/** Why a template is refused, and where, 1-based. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly line: number
  readonly column: number

  constructor(message: string, text: string, offset: number) {
    super(message)
    const before = text.slice(0, offset).split('\n')
    this.line = before.length
    this.column = (before.at(-1) ?? '').length + 1
  }
}

/** Deeper than any payload, and less than the stack takes. */
const MAX_DEPTH = 64

const SPACE = /[ \t\r\n]*/y
const STRING = /"(?:[^"\\\p{Cc}]|\\.)*"/uy
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const BARE = /\{\{([^{}]*)\}\}/y
const IN_TEXT = /\{\{([^{}]*)\}\}/g

/** Parses a template. Throws a `TemplateError`, which says where. */
export function parseTemplate(text: string): Template {
  return new Parser(text).parse()
}

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text.replace(/^\uFEFF/, '')
  }

  parse(): Template {
    const template = this.#value(0)
    this.#take(SPACE)
    if (this.#at < this.#text.length) throw this.#refuse('something follows the JSON value')
    return template
  }

  #value(depth: number): Template {
    this.#take(SPACE)
    if (depth > MAX_DEPTH) throw this.#refuse(`values are nested more than ${MAX_DEPTH} deep`)
    const start = this.#at
    const bare = this.#take(BARE)
    if (bare !== undefined) {
      return { kind: 'value', placeholder: this.#placeholder(bare.slice(2, -2), start) }
    }
    switch (this.#text[this.#at]) {
      case '{':
        return { kind: 'object', members: this.#members(depth) }
      case '[':
        return { kind: 'list', items: this.#items(depth) }
      case '"':
        return this.#string()
      default:
        return this.#plain()
    }
  }

  #members(depth: number): readonly TemplateMember[] {
    const members: TemplateMember[] = []
    this.#at++
    if (this.#skip('}')) return members
    do {
      this.#take(SPACE)
      if (this.#text[this.#at] !== '"') throw this.#refuse('a name in double quotes was expected')
      const name = this.#string()
      if (!this.#skip(':')) throw this.#refuse('a colon was expected')
      members.push([name, this.#value(depth + 1)])
    } while (this.#skip(','))
    if (!this.#skip('}')) throw this.#refuse('a comma or } was expected')
    return members
  }

  #items(depth: number): readonly Template[] {
    const items: Template[] = []
    this.#at++
    if (this.#skip(']')) return items
    do {
      items.push(this.#value(depth + 1))
    } while (this.#skip(','))
    if (!this.#skip(']')) throw this.#refuse('a comma or ] was expected')
    return items
  }

  #string(): Template {
    const start = this.#at
    const quoted = this.#take(STRING)
    if (quoted === undefined) throw this.#refuse('a text without an end in its line')
    return { kind: 'text', parts: this.#parts(this.#unescape(quoted, start), start) }
  }

  #unescape(quoted: string, start: number): string {
    try {
      return String(JSON.parse(quoted))
    } catch {
      throw this.#refuse('a text with an unknown escape sequence', start)
    }
  }

  #parts(text: string, start: number): readonly (string | Placeholder)[] {
    const parts: (string | Placeholder)[] = []
    let end = 0
    for (const { 0: found, 1: inner = '', index } of text.matchAll(IN_TEXT)) {
      if (index > end) parts.push(text.slice(end, index))
      parts.push(this.#placeholder(inner, start))
      end = index + found.length
    }
    if (end < text.length) parts.push(text.slice(end))
    if (text.includes('{%')) throw this.#refuse('{% ... %} is not supported', start)
    return parts
  }

  #placeholder(inner: string, start: number): Placeholder {
    try {
      return parsePlaceholder(inner)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw this.#refuse(error.message, start)
    }
  }

  #plain(): Template {
    const found = this.#take(NUMBER) ?? this.#take(WORD)
    if (found === undefined) throw this.#refuse('a JSON value was expected')
    return { kind: 'plain', value: JSON.parse(found) }
  }

  #skip(character: string): boolean {
    this.#take(SPACE)
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    this.#at += found?.length ?? 0
    return found
  }

  #refuse(message: string, offset = this.#at): TemplateError {
    return new TemplateError(message, this.#text, offset)
  }
}
