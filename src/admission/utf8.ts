import { escapeUnprintable } from '../text/quote.ts'

/** What a lenient UTF-8 decoder writes in place of bytes that are none. */
const REPLACEMENT = '\ufffd'

/** How much of a path is shown, in characters from each of its ends: its length is the sender's. */
const SHOWN_CHARACTERS = 100

/**
 * Finds the first string (or member name) of a JSON value that holds a replacement character.
 * Returns its path, such as `object.spec.containers[0].image`, the middle left out where it is long.
 * Without recursion, because the nesting is the sender's choice.
 */
export function findReplacementCharacter(json: unknown): string | undefined {
  const pending: (readonly [path: string, value: unknown])[] = [['', json]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [path, value] = next
    if (typeof value === 'string' && value.includes(REPLACEMENT)) return render(path)
    if (typeof value !== 'object' || value === null) continue
    for (const [name, member] of Object.entries(value).reverse()) {
      if (name.includes(REPLACEMENT)) return render(path)
      pending.push([extend(path, name, Array.isArray(value)), member])
    }
  }
  return undefined
}

function extend(path: string, name: string, isIndex: boolean): string {
  if (isIndex) return `${path}[${name}]`
  return path === '' ? name : `${path}.${name}`
}

function render(path: string): string {
  const isLong = path.length > 2 * SHOWN_CHARACTERS
  const shown = isLong
    ? `${path.slice(0, SHOWN_CHARACTERS)}...${path.slice(-SHOWN_CHARACTERS)}`
    : path
  return escapeUnprintable(shown)
}
