/** Receives what is wrong with the value at a path inside the section. */
export type Report = (path: readonly string[], message: string, fix: string) => void

/**
 * Parses a text, if it is one; the schema finds what is none. Hears why a text is refused, which is
 * what `parse` throws as `SyntaxError`.
 */
export function attempt<T>(
  value: unknown,
  parse: (text: string) => T,
  refuse: (why: string) => void,
): T | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  try {
    return parse(value)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    refuse(error.message)
    return undefined
  }
}
