import { createHash } from 'node:crypto'
import { TrustError } from '../errors.ts'
import type { FileDescription } from './metadata.ts'

/**
 * Verifies that a file has exactly the length and every hash that signed metadata promises; throws
 * `UNTRUSTED_HASH_MISMATCH`.
 */
export function verifyFile(name: string, bytes: Uint8Array, described: FileDescription): void {
  if (bytes.length !== described.length) {
    throw new TrustError(
      'UNTRUSTED_HASH_MISMATCH',
      `${name} metadata has ${bytes.length} bytes, ${described.length} are promised`,
    )
  }
  verifyHash(name, 'sha256', bytes, described.hashes.sha256)
  if (described.hashes.sha512 !== undefined) {
    verifyHash(name, 'sha512', bytes, described.hashes.sha512)
  }
}

/** Computes the hex SHA-256 of a file, by which servers name it. */
export function sha256Of(bytes: Uint8Array): string {
  return Buffer.from(hashOf('sha256', bytes), 'base64').toString('hex')
}

function verifyHash(name: string, algorithm: Algorithm, bytes: Uint8Array, promised: string): void {
  if (hashOf(algorithm, bytes) === promised) return
  throw new TrustError(
    'UNTRUSTED_HASH_MISMATCH',
    `${name} metadata does not have the ${algorithm} hash that is promised`,
  )
}

type Algorithm = 'sha256' | 'sha512'

/** Files of megabytes are verified at every admission, and nobody writes to them: hashed once. */
const known: Readonly<Record<Algorithm, WeakMap<Uint8Array, string>>> = {
  sha256: new WeakMap(),
  sha512: new WeakMap(),
}

function hashOf(algorithm: Algorithm, bytes: Uint8Array): string {
  const hash = known[algorithm].get(bytes) ?? createHash(algorithm).update(bytes).digest('base64')
  known[algorithm].set(bytes, hash)
  return hash
}
