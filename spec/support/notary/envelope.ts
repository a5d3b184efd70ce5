import { canonicalJson } from './canonical-json.ts'
import type { SigningKey, TufSignature } from './key.ts'

/** A metadata file: a signed object and the signatures over its canonical JSON. */
export interface Envelope {
  readonly signed: object
  readonly signatures: readonly TufSignature[]
}

/** Signs an object with every one of the keys, in their order; a key given twice signs twice. */
export function sign(signed: object, keys: readonly SigningKey[]): Envelope {
  const message = canonicalJson(signed)
  return { signed, signatures: keys.map((key) => key.sign(message)) }
}

/**
 * Renders an envelope as the Notary client uploads it: through Go's `encoding/json`, which writes
 * `<`, `>`, `&` and control characters as `\u` escapes. So the signed bytes are not a substring of the
 * file, and a verifier has to canonicalise again.
 */
export function serialize({ signed, signatures }: Envelope): Buffer {
  const json = `{"signed":${canonicalJson(signed)},"signatures":${JSON.stringify(signatures)}}`
  return Buffer.from(json.replace(/[<>&\u2028\u2029\p{Cc}]/gu, escapeCharacter))
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
