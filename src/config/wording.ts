import { quote } from '../text/quote.ts'

/** Texts longer than this, in UTF-16 units, may be a pasted key or token and are not repeated. */
const MAX_MENTIONED = 80

/** Renders a text of the file for a message, without repeating what may be a secret. */
export function mention(text: string): string {
  return text.length > MAX_MENTIONED ? `of ${text.length} characters` : quote(text)
}

/** Joins words as a sentence does: `a, b or c`. */
export function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
