import { createHash } from 'node:crypto'
import type { PublicKey } from '../key.ts'
import { canonicalIdOf } from './key.ts'
import { parseMetadata } from './metadata.ts'
import { anchorRoot } from './root-chain.ts'
import { readSigners } from './threshold.ts'
import { verifyRoot } from './verify.ts'

/** A public key that a root names for the root role. */
export interface RootKey {
  /** Hex, as the metadata of this repository has it. */
  readonly id: string
  /** Hex, as `notary key list` has it; the same in all repositories. */
  readonly canonicalId: string
  readonly type: PublicKey['type']
  /** `PUBLIC KEY` PEM, to be pinned as a trust root. */
  readonly pem: string
  /** Hex SHA-256 of the SubjectPublicKeyInfo. */
  readonly fingerprint: string
  /** Absent for a bare key, which cannot count. */
  readonly certificate?: {
    readonly subject: string
    readonly notBefore: string
    readonly notAfter: string
  }
}

/** A root that is sound in itself; nothing says yet that it is the publisher's. */
export interface UnpinnedRoot {
  readonly version: number
  /** RFC 3339. */
  readonly expires: string
  readonly threshold: number
  readonly keys: readonly RootKey[]
}

/**
 * Reads a root that nothing is pinned for: its own threshold is met by keys certified for the
 * repository, and it is valid at `now`. For trust on first use, and for nothing that decides. Throws
 * a `TrustError`.
 */
export function readUnpinnedRoot(bytes: Uint8Array, gun: string, now: Date): UnpinnedRoot {
  const root = parseMetadata('root', 'root', bytes)
  const { keys, threshold } = readSigners(root.signed.roles.root, root.signed.keys)
  const pins = [...keys.values()].map(({ key }) => key)
  const { version, expires } = verifyRoot(anchorRoot(root, { gun, pins }), now).signed
  return {
    version,
    expires,
    threshold,
    keys: [...keys].map(([id, { key, certificate }]) => ({
      id,
      canonicalId: canonicalIdOf(key),
      type: key.type,
      pem: key.keyObject.export({ format: 'pem', type: 'spki' }).toString(),
      fingerprint: fingerprintOf(key),
      ...(certificate && {
        certificate: {
          subject: certificate.subject,
          notBefore: certificate.validFrom,
          notAfter: certificate.validTo,
        },
      }),
    })),
  }
}

function fingerprintOf({ keyObject }: PublicKey): string {
  const spki = keyObject.export({ format: 'der', type: 'spki' })
  return createHash('sha256').update(spki).digest('hex')
}
