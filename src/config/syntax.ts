import type { ErrorCode, YAMLError } from 'yaml'

/** A problem of a text, by its offset in UTF-16 units. */
export interface Fault {
  readonly offset: number
  readonly message: string
  readonly fix: string
}

type Words = readonly [message: string, fix: string]

const INDENT: Words = [
  'the indentation does not fit the lines around it.',
  'Indent with spaces, entries of one mapping or list equally, and close every bracket.',
]
const KEY: Words = [
  'a key is no plain text on one line, followed by a colon.',
  'Write key: value, and quote a value that holds ": ".',
]
const OTHER: Words = ['this is not valid YAML.', 'Quote the value, or check the lines before it.']

/** Sentences of our own: those of the library may repeat text of the file, and with it secrets. */
const WORDS: Partial<Record<ErrorCode, Words>> = {
  BAD_INDENT: INDENT,
  TAB_AS_INDENT: INDENT,
  BLOCK_AS_IMPLICIT_KEY: KEY,
  KEY_OVER_1024_CHARS: KEY,
  MULTILINE_IMPLICIT_KEY: KEY,
  NON_STRING_KEY: KEY,
  BAD_ALIAS: ['an anchor or alias without a usable name.', 'Write the value itself.'],
  BAD_DIRECTIVE: ['an unknown YAML directive.', 'Remove the line that starts with "%".'],
  BAD_DQ_ESCAPE: [
    'an unknown escape sequence in double quotes.',
    'Write the value in single quotes.',
  ],
  MISSING_CHAR: [
    'a colon, comma, space, bracket or closing quote is missing.',
    'Check this line and the one before it.',
  ],
  MULTIPLE_DOCS: ['a second document begins.', 'Write one document: remove the line "---".'],
  RESOURCE_EXHAUSTION: ['the values are nested too deeply.', 'Write them flat.'],
  TAG_RESOLVE_FAILED: ['a tag that is not supported.', 'Remove the word that starts with "!".'],
}

/** Describes the errors of the YAML parser, one per place; what follows from exhaustion is left out. */
export function describeSyntaxErrors(errors: readonly YAMLError[]): readonly Fault[] {
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  const byOffset = new Map<number, Fault>()
  for (const { code, pos } of exhausted === undefined ? errors : [exhausted]) {
    const [message, fix] = WORDS[code] ?? OTHER
    if (!byOffset.has(pos[0])) byOffset.set(pos[0], { offset: pos[0], message, fix })
  }
  return [...byOffset.values()]
}
