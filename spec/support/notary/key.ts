import { constants, createHash, type KeyObject, sign } from 'node:crypto'
import { selfSignedCertificate } from '../certificate.ts'
import { createKeyPair, type KeyKind, type KeyPair } from '../key-pair.ts'
import { canonicalJson } from './canonical-json.ts'

/** The key types of Notary's metadata. */
export type KeyType = 'ecdsa' | 'rsa' | 'ecdsa-x509' | 'rsa-x509' | 'ed25519'

/** A public key as metadata holds it; `public` is base64 of what the type says. */
export interface TufKey {
  readonly keytype: string
  readonly keyval: { readonly private: null; readonly public: string }
}

/** A signature as metadata holds it; `sig` is base64. */
export interface TufSignature {
  readonly keyid: string
  readonly method: string
  readonly sig: string
}

/** A key that signs metadata as Notary does. All of it is data: forgers may spread and alter it. */
export interface SigningKey {
  /** Hex SHA-256 over the canonical JSON of `tufKey`. */
  readonly id: string
  readonly tufKey: TufKey
  readonly keyPair: KeyPair
  /** Self-signed, for every type, so that bare keys can be pinned by certificate too. */
  readonly certificatePem: string
  readonly sign: (message: Uint8Array) => TufSignature
}

/** What a key is made of. */
export interface SigningKeyOptions {
  /** Default ecdsa, as `notary` makes them for every role but root. */
  readonly type?: KeyType
  /** Default a fresh pair that fits the type (P-256, RSA 2048, Ed25519). */
  readonly keyPair?: KeyPair
  /** Of the certificate. Default `spec`; Notary takes the GUN. */
  readonly commonName?: string
  /** Of the certificate. Default 2000-01-01. */
  readonly notBefore?: Date
  /** Of the certificate. Default 2049-12-31. */
  readonly notAfter?: Date
}

/** Makes a signing key; one key pair may be given to several, to pose as several signers. */
export async function createSigningKey(options: SigningKeyOptions = {}): Promise<SigningKey> {
  const { type = 'ecdsa', commonName = 'spec', keyPair = createKeyPair(kindOf(type)) } = options
  const certificatePem = await selfSignedCertificate({ ...options, commonName, keyPair })
  const value = publicValue(type, keyPair.publicKey, certificatePem).toString('base64')
  const tufKey: TufKey = { keytype: type, keyval: { private: null, public: value } }
  const id = keyIdOf(tufKey)
  return {
    id,
    tufKey,
    keyPair,
    certificatePem,
    sign: (message) => ({ keyid: id, ...signWith(keyPair.privateKey, message) }),
  }
}

/** The key id as Notary computes it. */
export function keyIdOf({ keytype, keyval }: TufKey): string {
  return createHash('sha256').update(canonicalJson({ keytype, keyval })).digest('hex')
}

function kindOf(type: KeyType): KeyKind {
  switch (type) {
    case 'ecdsa':
    case 'ecdsa-x509':
      return 'p256'
    case 'rsa':
    case 'rsa-x509':
      return 'rsa2048'
    case 'ed25519':
      return 'ed25519'
  }
}

function publicValue(type: KeyType, publicKey: KeyObject, certificatePem: string): Buffer {
  switch (type) {
    case 'ecdsa':
    case 'rsa':
      return publicKey.export({ format: 'der', type: 'spki' })
    case 'ecdsa-x509':
    case 'rsa-x509':
      return Buffer.from(certificatePem)
    case 'ed25519':
      return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  }
}

/** Curves of every size are signed over SHA-256, and as raw r and s (notary, tuf/signed). */
function signWith(key: KeyObject, message: Uint8Array): { method: string; sig: string } {
  switch (key.asymmetricKeyType) {
    case 'ec': {
      const sig = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
      return { method: 'ecdsa', sig: sig.toString('base64') }
    }
    case 'rsa': {
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const sig = sign('sha256', message, { key, padding, saltLength: 32 })
      return { method: 'rsapss', sig: sig.toString('base64') }
    }
    case 'ed25519':
      return { method: 'eddsa', sig: sign(null, message, key).toString('base64') }
    default:
      throw new TypeError(`a key of type ${key.asymmetricKeyType} cannot sign metadata`)
  }
}
