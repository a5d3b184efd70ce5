import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** More authorities than anybody trusts for one webhook; what is more is not looked at. */
const MAX_CERTIFICATES = 50

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** Splits PEM into its certificates, each written in the one way; what is none is left out. */
export function splitBundle(pem: string): readonly string[] {
  const blocks = (pem.match(BLOCK) ?? []).slice(0, MAX_CERTIFICATES)
  const found = blocks.flatMap((block) => {
    const certificate = tryParse(block)
    return certificate === undefined ? [] : [toPem(certificate)]
  })
  return [...new Set(found)]
}

/** Joins certificates into one bundle; the same ones always give the same text. */
export function joinBundle(certificates: readonly string[]): readonly string[] {
  return [...new Set(certificates.flatMap(splitBundle))].toSorted()
}

/** Tells whether a certificate chain, leaf first, is trusted by one who trusts the bundle. */
export function isTrustedBy(chain: string, bundle: ReadonlySet<string>): boolean {
  const authorities = [...bundle].map((pem) => new X509Certificate(pem))
  const [leaf, ...intermediates] = splitBundle(chain).map((pem) => new X509Certificate(pem))
  const isTrusted = (certificate: X509Certificate, others: readonly X509Certificate[]): boolean =>
    bundle.has(toPem(certificate)) ||
    authorities.some((authority) => isIssuedBy(certificate, authority)) ||
    others.some(
      (each, index) => isIssuedBy(certificate, each) && isTrusted(each, others.toSpliced(index, 1)),
    )
  return leaf !== undefined && isTrusted(leaf, intermediates)
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

/**
 * Tells whether a certificate chain, leaf first, is for a name or an address. As for an API server,
 * alternative names count only, and no common name.
 */
export function isFor(chain: string, host: string): boolean {
  const leaf = new X509Certificate(chain)
  const found = isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host, { subject: 'never' })
  return found !== undefined
}

/** Tells whether a certificate has expired. */
export function hasExpired(pem: string, now: Date): boolean {
  return new Date(new X509Certificate(pem).validTo) <= now
}

function tryParse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function toPem(certificate: X509Certificate): string {
  const lines = certificate.raw.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
