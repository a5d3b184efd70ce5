/** What `cosign sign` of version 3 makes its predicate type. */
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1'

/** A simple-signing payload as cosign writes it; `type` and the digest may be anything. */
export function simpleSigningPayload(
  digest: string,
  { type = 'cosign container image signature', reference = 'registry.example/app' } = {},
): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': reference },
        image: { 'docker-manifest-digest': digest },
        type,
      },
      optional: null,
    }),
  )
}

/** An in-toto statement as cosign writes it, with blanks, about one digest or several. */
export function imageStatement(
  digests: string | readonly string[],
  { predicateType = COSIGN_SIGN, type = 'https://in-toto.io/Statement/v1' } = {},
): Buffer {
  const subject = [digests]
    .flat()
    .map((each) => ({ digest: { sha256: each.replace(/^sha256:/, '') } }))
  return Buffer.from(
    JSON.stringify({ _type: type, subject, predicateType, predicate: {} }, undefined, 1),
  )
}
