import { quote } from '../../text/quote.ts'
import { TrustError } from '../errors.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { untrusted } from './certificate-chain.ts'
import {
  claimsAuthority,
  EXTENSION,
  hasKeyUsage,
  hasPurpose,
  hasUnknownCritical,
  KEY_USAGE,
  PURPOSE,
} from './certificate-uses.ts'
import { contentOf, type DerValue, readDer, readDerList, TAG } from './der.ts'
import type { Identity } from './identity.ts'
import { malformed } from './read-json.ts'

/** The certificate of a keyless signature, and whom it was issued to. */
export interface SigningCertificate {
  readonly leaf: Certificate
  /** What else came with it, its issuer first. */
  readonly others: readonly Certificate[]
  /** The OIDC issuer that Fulcio believed. */
  readonly issuer: string
  /** Mail address, URI or user name. */
  readonly subject: string
}

/** Fulcio's own extensions, by the hex of their object identifier (Fulcio's oid-info). */
const ISSUER_V2 = '2b0601040183bf300108'
const ISSUER_V1 = '2b0601040183bf300101'
const OTHER_NAME_USER = '2b0601040183bf300107'

/** GeneralName choices (RFC 5280 4.2.1.6). */
const OTHER_NAME = 0xa0
const MAIL_ADDRESS = 0x81
const URI = 0x86
const EXPLICIT_VALUE = 0xa0

/**
 * Reads the certificate of a keyless signature: one that is for signing code (RFC 5280 4.2.1.12), not
 * an authority's, with exactly one subject. Whether anybody trusted issued it is not said. Throws
 * `UNTRUSTED_MALFORMED_SIGNATURE` or `UNTRUSTED_CERTIFICATE`.
 */
export function readSigningCertificate(certificates: readonly Buffer[]): SigningCertificate {
  const [leaf, ...others] = certificates.map(parse)
  if (leaf === undefined) throw untrusted('there is none, the signature was made with a bare key')
  try {
    checkUses(leaf)
    return { leaf, others, issuer: readIssuer(leaf), subject: readSubject(leaf) }
  } catch (cause) {
    if (cause instanceof SyntaxError) throw malformed('certificate', cause.message, cause)
    throw cause
  }
}

/** Checks that a certificate names the expected identity; throws `UNTRUSTED_IDENTITY`. */
export function checkIdentity({ issuer, subject }: SigningCertificate, expected: Identity): void {
  if (expected.matchesIssuer(issuer) && expected.matchesSubject(subject)) return
  throw new TrustError(
    'UNTRUSTED_IDENTITY',
    `signed by ${quote(subject, 256)} of the issuer ${quote(issuer, 256)}, not by ${expected.description}`,
  )
}

function parse(der: Buffer): Certificate {
  try {
    return parseCertificate(der)
  } catch (cause) {
    throw malformed('certificate', cause instanceof Error ? cause.message : 'not X.509', cause)
  }
}

function checkUses(leaf: Certificate): void {
  if (claimsAuthority(leaf)) throw untrusted('it is that of an authority')
  if (!hasPurpose(leaf, PURPOSE.codeSigning)) throw untrusted('it is not for signing code')
  if (!hasKeyUsage(leaf, KEY_USAGE.digitalSignature)) throw untrusted('it is not for signatures')
  if (hasUnknownCritical(leaf)) throw untrusted('it has a critical extension that is not known')
}

/** The newer extension holds a UTF8String, the older one the bare text; they must not disagree. */
function readIssuer({ extensions }: Certificate): string {
  const newer = extensions.get(ISSUER_V2)?.value
  const older = extensions.get(ISSUER_V1)?.value
  const issuer = newer === undefined ? undefined : readText(readDer(newer))
  const former = older === undefined ? undefined : decode(older)
  if (issuer !== undefined && former !== undefined && issuer !== former) {
    throw untrusted('it names two issuers')
  }
  const either = issuer ?? former
  if (either === undefined) throw untrusted('it names no issuer of the identity')
  return either
}

function readSubject({ extensions }: Certificate): string {
  const extension = extensions.get(EXTENSION.subjectAltName)
  const [name, second] = extension === undefined ? [] : readDerList(readDer(extension.value))
  if (name === undefined || second !== undefined) throw untrusted('it does not name one subject')
  if (name.tag === MAIL_ADDRESS || name.tag === URI) return decode(name.content)
  if (name.tag !== OTHER_NAME) throw untrusted('its subject is neither mail address, URI nor user')
  const [type, value] = readDerList(name)
  if (contentOf(type, TAG.objectIdentifier).toString('hex') !== OTHER_NAME_USER) {
    throw untrusted('its subject is of an unknown type')
  }
  if (value?.tag !== EXPLICIT_VALUE) throw new SyntaxError('a subject without a value')
  return readText(readDer(value.content))
}

function readText(value: DerValue): string {
  return decode(contentOf(value, TAG.utf8String))
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new SyntaxError('a name that is not UTF-8', { cause })
  }
}
