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

function verifyHash(name: string, algorithm: string, bytes: Uint8Array, promised: string): void {
  const actual = createHash(algorithm).update(bytes).digest('base64')
  if (actual === promised) return
  throw new TrustError(
    'UNTRUSTED_HASH_MISMATCH',
    `${name} metadata does not have the ${algorithm} hash that is promised`,
  )
}
