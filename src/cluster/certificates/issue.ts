import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { X509Certificate } from '@peculiar/x509'
import type { Pair } from './state.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** How long a server certificate and an authority live, in days. */
export const LEAF_DAYS = 90
export const AUTHORITY_DAYS = 365

/** What clocks of a cluster may differ by, in milliseconds: certificates begin so much earlier. */
const SKEW_MS = 5 * 60 * 1000

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Issues an authority: P-256, for a year, that can issue server certificates and no authorities. */
export async function issueAuthority(now: Date): Promise<Pair> {
  const {
    BasicConstraintsExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    SubjectKeyIdentifierExtension,
    X509CertificateGenerator,
  } = await loadX509()
  const keys = await generateKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // A name of its own, so that an issuer is found by its name among several.
    name: [{ CN: [`Connaisseur webhook CA ${crypto.randomUUID().slice(0, 8)}`] }],
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now.getTime() - SKEW_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return toPair(certificate, keys)
}

/** What a server certificate is for. */
export interface LeafNames {
  readonly dns: readonly string[]
  readonly ip?: readonly string[]
}

/** Issues a server certificate: P-256, for 90 days, or as long as its authority lives. */
export async function issueLeaf(
  authority: Pair,
  { dns, ip = [] }: LeafNames,
  now: Date,
): Promise<Pair> {
  const {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    ExtendedKeyUsage,
    ExtendedKeyUsageExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    SubjectAlternativeNameExtension,
    X509Certificate,
    X509CertificateGenerator,
  } = await loadX509()
  const issuer = new X509Certificate(authority.cert)
  const keys = await generateKeys()
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [(dns[0] ?? ip[0] ?? 'connaisseur').slice(0, 64)] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await importKey(createPrivateKey(authority.key)),
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now.getTime() - SKEW_MS),
    notAfter: new Date(Math.min(now.getTime() + LEAF_DAYS * DAY_MS, issuer.notAfter.getTime())),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...dns.map((value) => ({ type: 'dns', value }) as const),
        ...ip.map((value) => ({ type: 'ip', value }) as const),
      ]),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return toPair(certificate, keys)
}

/** One after the other: bundled, an import for its effect does not come before its neighbour. */
async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

function importKey(key: KeyObject): Promise<CryptoKey> {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  return crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign'])
}

async function toPair(certificate: X509Certificate, { privateKey }: CryptoKeyPair): Promise<Pair> {
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey))
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}
