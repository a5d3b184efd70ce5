import { TrustError } from '../errors.ts'
import type { FileDescription, Metadata } from './metadata.ts'

/** Tells whether a snapshot lists a role; a role that it does not list was never signed. */
export function listsFile(snapshot: Metadata<'snapshot'>, role: string): boolean {
  return Object.hasOwn(snapshot.signed.meta, role)
}

/** Finds what a snapshot promises of a role's file; throws `UNTRUSTED_MALFORMED_METADATA`. */
export function findFile(snapshot: Metadata<'snapshot'>, role: string): FileDescription {
  const file = listsFile(snapshot, role) ? snapshot.signed.meta[role] : undefined
  if (file !== undefined) return file
  throw new TrustError('UNTRUSTED_MALFORMED_METADATA', `the snapshot does not list ${role}`)
}
