import { TrustError } from '../errors.ts'
import { type Certificate, isSignedBy } from './certificate.ts'
import { hasUnknownCritical, maxAuthoritiesBelow } from './certificate-uses.ts'
import { type Authority, isWithin } from './material.ts'

/**
 * Verifies that a leaf was issued, as of a time, by one of the authorities, directly or through the
 * other certificates that came with it, which have to be in order. Returns the certificate that issued
 * the leaf. Throws `UNTRUSTED_CERTIFICATE`.
 */
export function verifyCertificateChain(
  leaf: Certificate,
  others: readonly Certificate[],
  authorities: readonly Authority[],
  time: Date,
): Certificate {
  if (!isWithin(leaf.validity, time)) {
    const { start, end } = leaf.validity
    throw untrusted(
      `it was valid from ${start.toISOString()} to ${end.toISOString()}, and what was signed was ` +
        `signed at ${time.toISOString()}`,
    )
  }
  checkOrder([leaf, ...others])
  for (const authority of authorities) {
    if (!isWithin(authority.validity, time)) continue
    const issuer = findIssuer({ certificate: leaf, others, below: 0 }, authority, time)
    if (issuer !== undefined) return issuer
  }
  throw untrusted('no trusted authority issued it')
}

/**
 * Checks what an operator trusts: each certificate of a chain is signed by the next, and may sign it.
 * `leaves` is how many at the chain's start are no authorities. Throws a `SyntaxError`.
 */
export function checkTrustedChain(chain: readonly Certificate[], leaves: 0 | 1): void {
  if (chain.length <= leaves - 1) throw new SyntaxError('a chain without a certificate')
  for (const [index, certificate] of chain.entries()) {
    const next = chain[index + 1]
    const below = Math.max(0, index - leaves)
    if (index >= leaves && !mayIssue(certificate, below)) {
      throw new SyntaxError(`certificate ${index + 1} of a chain is not that of an authority`)
    }
    if (next !== undefined && !(isNamed(certificate, next) && isSignedBy(certificate, next))) {
      throw new SyntaxError(`certificate ${index + 1} of a chain is not signed by the next one`)
    }
  }
}

/** Where the climb from a leaf stands; `below` counts the authorities on the way so far. */
interface Step {
  readonly certificate: Certificate
  readonly others: readonly Certificate[]
  readonly below: number
}

function findIssuer(step: Step, authority: Authority, time: Date): Certificate | undefined {
  const { certificate, others, below } = step
  const trusted = authority.chain.find(
    (each, index) =>
      issued(each, step) && authority.chain.slice(index).every((up) => isWithin(up.validity, time)),
  )
  if (trusted !== undefined) return trusted
  const [next, ...rest] = others
  if (next === undefined || !isWithin(next.validity, time) || !issued(next, step)) return undefined
  if (next.der.equals(certificate.der)) return undefined
  const above = findIssuer({ certificate: next, others: rest, below: below + 1 }, authority, time)
  return above === undefined ? undefined : next
}

function issued(issuer: Certificate, { certificate, below }: Step): boolean {
  return isNamed(certificate, issuer) && mayIssue(issuer, below) && isSignedBy(certificate, issuer)
}

function isNamed(certificate: Certificate, issuer: Certificate): boolean {
  return certificate.issuer.equals(issuer.subject)
}

function mayIssue(certificate: Certificate, below: number): boolean {
  const allowed = maxAuthoritiesBelow(certificate)
  return allowed !== undefined && below <= allowed && !hasUnknownCritical(certificate)
}

/** A certificate that stands in a chain without having issued the one before it is there to confuse. */
function checkOrder(certificates: readonly Certificate[]): void {
  for (const [index, certificate] of certificates.entries()) {
    const next = certificates[index + 1]
    if (next !== undefined && !isNamed(certificate, next)) {
      throw untrusted(`certificate ${index + 2} of its chain did not issue the one before it`)
    }
  }
}

/** The error of a certificate that does not count. */
export function untrusted(why: string, cause?: unknown): TrustError {
  return new TrustError(
    'UNTRUSTED_CERTIFICATE',
    `the certificate of the signer does not count: ${why}`,
    {
      cause,
    },
  )
}
