import { parseArgs } from 'node:util'

/** What the suite asks for, in the words of its protocol. */
export interface BundleToVerify {
  readonly bundle: string
  /** A file, or `sha256:` and 64 hex digits. */
  readonly artifact: string
  readonly signer:
    | { readonly kind: 'key'; readonly file: string }
    | { readonly kind: 'identity'; readonly subject: string; readonly issuer: string }
  /** A file; else the public-good root. */
  readonly trustedRoot?: string
}

/** Reads the arguments of `verify-bundle`; throws an `Error` for anything that it does not say. */
export function parseCommandLine(words: readonly string[]): BundleToVerify {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      bundle: { type: 'string' },
      'certificate-identity': { type: 'string' },
      'certificate-oidc-issuer': { type: 'string' },
      key: { type: 'string' },
      'trusted-root': { type: 'string' },
    },
  })
  const [command, artifact, more] = positionals
  const subject = values['certificate-identity']
  const issuer = values['certificate-oidc-issuer']
  const { bundle, key } = values
  if (command !== 'verify-bundle' || artifact === undefined || more !== undefined || !bundle) {
    throw new Error('usage: verify-bundle --bundle FILE ... FILE_OR_DIGEST')
  }
  const trustedRoot = values['trusted-root']
  const common = { bundle, artifact, ...(trustedRoot === undefined ? {} : { trustedRoot }) }
  if (key !== undefined && subject === undefined && issuer === undefined) {
    return { ...common, signer: { kind: 'key', file: key } }
  }
  if (key === undefined && subject !== undefined && issuer !== undefined) {
    return { ...common, signer: { kind: 'identity', subject, issuer } }
  }
  throw new Error('either --key, or --certificate-identity with --certificate-oidc-issuer')
}
