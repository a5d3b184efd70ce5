/** The shortest word that is taken for a secret, in characters: shorter ones are in every sentence. */
const MIN_CHARACTERS = 4

/** Between the words of a URL or a header, such as `/services/T0/B0/key` and `GenieKey key`. */
const BETWEEN_WORDS = /[^\w.~+-]+/

/**
 * Takes what is secret out of what a server says: the whole of it, and each of its words, since one of
 * them may be the key.
 */
export class Redaction {
  readonly #secrets: readonly string[]

  /** `whole` is secret as it is; of `worded` each word is, too. */
  constructor(whole: readonly string[], worded: readonly string[]) {
    const spelled = worded.flatMap((text) => [text, decode(text)])
    const words = spelled.flatMap((text) => text.split(BETWEEN_WORDS))
    // The longest first: a word would be taken out of the whole, and leave the rest.
    this.#secrets = [...new Set([...whole, ...spelled, ...words])]
      .filter(({ length }) => length >= MIN_CHARACTERS)
      .toSorted((a, b) => b.length - a.length)
  }

  apply(text: string): string {
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
  }
}

/** As a server may have understood it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
