import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { createKeyPair, type KeyKind, type KeyPair, toPrivateKeyPem } from './key-pair.ts'

/** From when to when a certificate holds. */
export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Holds whatever the clock of a test says: certificates fail specs only where one asks for it. */
const ALWAYS: Validity = {
  notBefore: new Date('2000-01-01T00:00:00Z'),
  notAfter: new Date('2049-12-31T00:00:00Z'),
}

/** A certificate authority: its own PEM certificate, and the key it issues with. */
export interface CertificateAuthority {
  readonly cert: string
  readonly name: string
  readonly keyPair: KeyPair
}

/** Makes an authority that is trusted nowhere but where its certificate is given. */
export async function createCertificateAuthority(
  name = 'Connaisseur spec CA',
  kind: KeyKind = 'p256',
): Promise<CertificateAuthority> {
  const keyPair = createKeyPair(kind)
  const cert = await selfSignedCertificate({ commonName: name, keyPair, isCa: true })
  return { cert, name, keyPair }
}

/** What a server certificate is for. */
export interface ServerNames {
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  /** Default 2000 to 2049. */
  readonly validity?: Validity
  /** Default p256. */
  readonly kind?: KeyKind
}

/** Both halves are PEM. */
export interface IssuedCertificate {
  readonly cert: string
  readonly key: string
}

/** Issues a server certificate. Default names: localhost and 127.0.0.1. */
export async function issueServerCertificate(
  authority: CertificateAuthority,
  { dns = ['localhost'], ip = ['127.0.0.1'], validity = ALWAYS, kind = 'p256' }: ServerNames = {},
): Promise<IssuedCertificate> {
  return issue(authority, {
    subject: [{ CN: [dns[0] ?? ip[0] ?? 'server'] }],
    usage: ExtendedKeyUsage.serverAuth,
    names: [
      ...dns.map((value) => ({ type: 'dns', value }) as const),
      ...ip.map((value) => ({ type: 'ip', value }) as const),
    ],
    validity,
    kind,
  })
}

/** Whom a client certificate is for, as Kubernetes reads it: a user and groups. */
export interface ClientNames {
  readonly user: string
  readonly groups?: readonly string[]
}

/** Issues a client certificate. */
export function issueClientCertificate(
  authority: CertificateAuthority,
  { user, groups = [] }: ClientNames,
): Promise<IssuedCertificate> {
  return issue(authority, {
    subject: [{ CN: [user] }, ...groups.map((group) => ({ O: [group] }))],
    usage: ExtendedKeyUsage.clientAuth,
    names: [],
    validity: ALWAYS,
    kind: 'p256',
  })
}

interface Leaf {
  readonly subject: JsonName
  readonly usage: ExtendedKeyUsage
  readonly names: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[]
  readonly validity: Validity
  readonly kind: KeyKind
}

async function issue(authority: CertificateAuthority, leaf: Leaf): Promise<IssuedCertificate> {
  const { subject, usage, names, validity, kind } = leaf
  const keyPair = createKeyPair(kind)
  const issuer = await toCryptoKeys(authority.keyPair)
  const keys = await toCryptoKeys(keyPair)
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: [{ CN: [authority.name] }],
    publicKey: keys.publicKey,
    signingKey: issuer.privateKey,
    signingAlgorithm: algorithmOf(authority.keyPair.kind),
    ...validity,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension([...names])]),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return { cert: `${certificate.toString('pem')}\n`, key: toPrivateKeyPem(keyPair) }
}

/** What a self-signed certificate says. */
export interface SelfSigned {
  /** At Notary the GUN, or a prefix and `*`. */
  readonly commonName: string
  readonly keyPair: KeyPair
  /** Default 2000-01-01. */
  readonly notBefore?: Date
  /** Default 2049-12-31. */
  readonly notAfter?: Date
  /** Default false: a leaf, as Notary's root keys are. */
  readonly isCa?: boolean
}

/** Makes a self-signed certificate (SHA-256), PEM as Go writes it, with a trailing newline. */
export async function selfSignedCertificate(options: SelfSigned): Promise<string> {
  const { commonName, keyPair, isCa = false } = options
  const keys = await toCryptoKeys(keyPair)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: algorithmOf(keyPair.kind),
    notBefore: options.notBefore ?? ALWAYS.notBefore,
    notAfter: options.notAfter ?? ALWAYS.notAfter,
    extensions: isCa ? await authorityExtensions(keys.publicKey) : leafExtensions(),
  })
  return `${certificate.toString('pem')}\n`
}

async function authorityExtensions(publicKey: CryptoKey): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ]
}

function leafExtensions(): Extension[] {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.codeSigning]),
  ]
}

async function toCryptoKeys({ kind, publicKey, privateKey }: KeyPair): Promise<CryptoKeyPair> {
  const algorithm = algorithmOf(kind)
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  return {
    publicKey: await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
  }
}

/** What WebCrypto wants to know of a key; the curve is ignored where the algorithm has none. */
interface KeyAlgorithmParams {
  readonly name: string
  readonly namedCurve: string
  readonly hash: string
}

function algorithmOf(kind: KeyKind): KeyAlgorithmParams {
  const hash = 'SHA-256'
  switch (kind) {
    case 'p256':
      return { name: 'ECDSA', namedCurve: 'P-256', hash }
    case 'p384':
      return { name: 'ECDSA', namedCurve: 'P-384', hash }
    case 'p521':
      return { name: 'ECDSA', namedCurve: 'P-521', hash }
    case 'rsa2048':
      return { name: 'RSASSA-PKCS1-v1_5', namedCurve: '', hash }
    case 'ed25519':
      return { name: 'Ed25519', namedCurve: '', hash }
  }
}
