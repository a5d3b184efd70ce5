import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A certificate and the key in it. */
export interface Issued {
  readonly name: string
  readonly keys: CryptoKeyPair
  readonly der: Buffer
}

/** What a certificate says; the defaults are what Fulcio writes. */
export interface CodeCertificate {
  readonly issuer: Issued
  readonly name?: string
  readonly subjects?: readonly JsonGeneralName[]
  readonly oidcIssuer?: string
  readonly purposes?: readonly string[]
  readonly usages?: number
  readonly more?: readonly Extension[]
  readonly notAfter?: Date
}

/** When everything here holds, unless it says otherwise. */
export const NOT_BEFORE = new Date('2026-01-01T00:00:00Z')
export const NOT_AFTER = new Date('2026-12-31T00:00:00Z')

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const OIDC_ISSUER = '1.3.6.1.4.1.57264.1.1'

/** Makes an authority, self-signed or issued by another; `pathLength` as RFC 5280 4.2.1.9 has it. */
export async function createAuthority(
  name: string,
  {
    issuer,
    pathLength,
    isAuthority = true,
    notAfter = NOT_AFTER,
  }: {
    readonly issuer?: Issued
    readonly pathLength?: number
    readonly isAuthority?: boolean
    readonly notAfter?: Date
  } = {},
): Promise<Issued> {
  const keys = await createKeys()
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: [{ CN: [issuer?.name ?? name] }],
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: NOT_BEFORE,
    notAfter,
    extensions: [
      new BasicConstraintsExtension(isAuthority, pathLength, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  })
  return { name, keys, der: Buffer.from(certificate.rawData) }
}

/** Issues a certificate for signing code. */
export async function issueCodeCertificate(options: CodeCertificate): Promise<Issued> {
  const { issuer, name = 'leaf', more = [], notAfter = NOT_AFTER } = options
  const { subjects = [{ type: 'email', value: 'me@example.com' } as const] } = options
  const { purposes = [ExtendedKeyUsage.codeSigning], usages = KeyUsageFlags.digitalSignature } =
    options
  const oidcIssuer = Buffer.from(options.oidcIssuer ?? 'https://issuer.example')
  const keys = await createKeys()
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: [{ CN: [issuer.name] }],
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: NOT_BEFORE,
    notAfter,
    extensions: [
      ...(usages === 0 ? [] : [new KeyUsagesExtension(usages, true)]),
      ...(purposes.length === 0 ? [] : [new ExtendedKeyUsageExtension([...purposes])]),
      ...(subjects.length === 0 ? [] : [new SubjectAlternativeNameExtension([...subjects], true)]),
      new Extension(OIDC_ISSUER, false, oidcIssuer),
      ...more,
    ],
  })
  return { name, keys, der: Buffer.from(certificate.rawData) }
}

function createKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}
