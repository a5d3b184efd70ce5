/** Enough of a refused text to recognise it, too little to flood a log or a denial. */
const QUOTED_CHARACTERS = 80

/** Renders a text from outside for a message: in quotes, cut, all but printable ASCII escaped. */
export function quote(text: string): string {
  const shown = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}...` : text
  return JSON.stringify(shown).replace(/[^ -~]/g, escapeUnit)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
