declare const brand: unique symbol

/** A content digest in the one accepted form: `sha256:` and 64 lower-case hex digits. */
export type Digest = string & { readonly [brand]: 'Digest' }

const DIGEST = /^sha256:[0-9a-f]{64}$/

/** Tells whether a text is a digest of the accepted form. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}
