/** Enough of a refused text to recognise it, too little to flood a log or a denial. */
const QUOTED_CHARACTERS = 80

/** Printable ASCII but for the quote and the backslash: most texts need no escaping. */
const PLAIN = /^[ !#-[\]-~]*$/

/**
 * Renders a text from outside for a message: in quotes, cut, all but printable ASCII escaped, so
 * that it can neither move a terminal's cursor nor turn the direction of what is read.
 */
export function quote(text: string, maxCharacters = QUOTED_CHARACTERS): string {
  if (text.length <= maxCharacters && PLAIN.test(text)) return `"${text}"`
  const shown = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}...` : text
  return escapeUnprintable(JSON.stringify(shown))
}

/** Escapes all but printable ASCII as `\u....`; a line break stays none. */
export function escapeUnprintable(text: string): string {
  return text.replace(/[^ -~]/g, escapeUnit)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
