import { quote } from '../../text/quote.ts'

/** What a template can say of an admission. The first ten are those of Connaisseur 3. */
export const VARIABLES = [
  'alert_message',
  'cluster',
  'connaisseur_pod_id',
  'error',
  'images',
  'namespace',
  'priority',
  'request_id',
  'result',
  'timestamp',
  'decision',
  'outcome',
  'kind',
] as const

/** The name of a variable. */
export type Variable = (typeof VARIABLES)[number]

/** The values of all variables; `priority` is a number, so that it can stand as one. */
export type AlertValues = Readonly<Record<Exclude<Variable, 'priority'>, string>> & {
  readonly priority: number
}

/** `{{ name }}` or `{{ name | truncate(100) }}`. */
export interface Placeholder {
  readonly variable: Variable
  /** The most characters that are put in; all by default. */
  readonly maxCharacters?: number
}

/** The longest piece that may be asked for. */
const PLACEHOLDER = /^\s*([A-Za-z_]\w{0,63})\s*(?:\|\s*truncate\(\s*([1-9]\d{0,5})\s*\)\s*)?$/

/** Parses what stands between the braces. Throws a `SyntaxError` that says what could stand there. */
export function parsePlaceholder(inner: string): Placeholder {
  const [, name, maxCharacters] = PLACEHOLDER.exec(inner) ?? []
  if (name === undefined) {
    throw new SyntaxError(
      `{{${inner.slice(0, 80)}}} is neither {{ name }} nor {{ name | truncate(100) }}`,
    )
  }
  const variable = VARIABLES.find((each) => each === name)
  if (variable === undefined) {
    throw new SyntaxError(`there is no variable ${quote(name)}, only ${VARIABLES.join(', ')}`)
  }
  return {
    variable,
    ...(maxCharacters !== undefined && { maxCharacters: Number(maxCharacters) }),
  }
}

/** Reads the value that a placeholder asks for. */
export function fill({ variable, maxCharacters }: Placeholder, values: AlertValues) {
  const value = values[variable]
  return typeof value === 'string' && maxCharacters !== undefined
    ? truncate(value, maxCharacters)
    : value
}

/** Whole characters only: half of a surrogate pair is no text, and receivers refuse it. */
function truncate(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  const kept = text.slice(0, Math.max(0, maxCharacters - 3)).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}...`.slice(0, maxCharacters)
}
