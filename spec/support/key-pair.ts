import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** The kinds of key that specs sign with. */
export type KeyKind = 'p256' | 'p384' | 'p521' | 'rsa2048' | 'ed25519'

/** A private key and its public half. */
export interface KeyPair {
  readonly kind: KeyKind
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** Makes a fresh key pair. */
export function createKeyPair(kind: KeyKind): KeyPair {
  return { kind, ...generate(kind) }
}

/** The public half as a PEM `PUBLIC KEY` block, the way an operator pins it. */
export function toPublicKeyPem(pair: KeyPair): string {
  return pair.publicKey.export({ format: 'pem', type: 'spki' })
}

/** The private half as a PEM `PRIVATE KEY` block (PKCS #8, unencrypted). */
export function toPrivateKeyPem(pair: KeyPair): string {
  return pair.privateKey.export({ format: 'pem', type: 'pkcs8' })
}

function generate(kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (kind) {
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    case 'p521':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' })
    case 'rsa2048':
      return generateKeyPairSync('rsa', { modulusLength: 2048 })
    case 'ed25519':
      return generateKeyPairSync('ed25519')
  }
}
