import type { Certificate } from './certificate.ts'
import { contentOf, readDer, readDerList, TAG } from './der.ts'

/** Extensions by the hex of their object identifier (RFC 5280 4.2.1, RFC 6962 3.3). */
export const EXTENSION = {
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  extendedKeyUsage: '551d25',
  authorityKeyId: '551d23',
  subjectKeyId: '551d0e',
  timestampList: '2b06010401d679020402',
} as const

/** Purposes of an extended key usage (RFC 5280 4.2.1.12). */
export const PURPOSE = {
  codeSigning: '2b06010505070303',
  timeStamping: '2b06010505070308',
} as const

/** Bits of a key usage, counted from the first byte's highest (RFC 5280 4.2.1.3). */
export const KEY_USAGE = { digitalSignature: 0x80, keyCertSign: 0x04 } as const

/** What is understood and judged; anything else that is critical forbids the use (RFC 5280 4.2). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.keyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.basicConstraints,
  EXTENSION.extendedKeyUsage,
  EXTENSION.authorityKeyId,
  EXTENSION.subjectKeyId,
])

/** Tells of a critical extension that nobody here judges, such as name constraints. */
export function hasUnknownCritical({ extensions }: Certificate): boolean {
  return [...extensions].some(([oid, { critical }]) => critical && !UNDERSTOOD.has(oid))
}

/** Tells whether a certificate states a bit of its key usage. */
export function hasKeyUsage({ extensions }: Certificate, bit: number): boolean {
  const extension = extensions.get(EXTENSION.keyUsage)
  if (extension === undefined) return false
  const bits = contentOf(readDer(extension.value), TAG.bitString)
  return ((bits[1] ?? 0) & bit) !== 0
}

/** Tells whether a certificate states a purpose. */
export function hasPurpose({ extensions }: Certificate, purpose: string): boolean {
  const extension = extensions.get(EXTENSION.extendedKeyUsage)
  if (extension === undefined) return false
  return readDerList(readDer(extension.value)).some(
    (each) => contentOf(each, TAG.objectIdentifier).toString('hex') === purpose,
  )
}

/**
 * Reads whether a certificate may issue others: undefined if not, else how many authorities may stand
 * between it and the leaf.
 */
export function maxAuthoritiesBelow(certificate: Certificate): number | undefined {
  const extension = certificate.extensions.get(EXTENSION.basicConstraints)
  if (extension === undefined || !hasKeyUsage(certificate, KEY_USAGE.keyCertSign)) return undefined
  const [isAuthority, length] = readDerList(readDer(extension.value))
  if (isAuthority?.tag !== TAG.boolean || isAuthority.content[0] !== 0xff) return undefined
  if (length === undefined) return Number.POSITIVE_INFINITY
  const bytes = contentOf(length, TAG.integer)
  if (bytes.length !== 1 || (bytes[0] ?? 0) > 0x7f) throw new SyntaxError('a path length too long')
  return bytes[0]
}

/** Tells whether a certificate calls itself an authority, rightly or not. */
export function claimsAuthority({ extensions }: Certificate): boolean {
  const extension = extensions.get(EXTENSION.basicConstraints)
  if (extension === undefined) return false
  const [isAuthority] = readDerList(readDer(extension.value))
  return isAuthority?.tag === TAG.boolean && isAuthority.content[0] !== 0
}
