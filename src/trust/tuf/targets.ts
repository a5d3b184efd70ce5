import { TrustError } from '../errors.ts'
import { readSigners, type Signers } from './threshold.ts'
import type { TargetsRole } from './trusted.ts'

/** A delegated role as its parent describes it. */
export interface Delegation {
  readonly signers: Signers
  /** Plain prefixes of tags, each within one of the parent's. */
  readonly paths: readonly string[]
}

/** Tells whether a role delegates to another one; only its own list of roles counts. */
export function delegates(parent: TargetsRole, name: string): boolean {
  return rolesOf(parent).some((role) => role.name === name)
}

/** Lists the roles that a role delegates to. */
export function delegationsOf(parent: TargetsRole): readonly string[] {
  return rolesOf(parent).map(({ name }) => name)
}

/** Reads a delegation from its parent; throws `UNTRUSTED_MALFORMED_METADATA`. */
export function readDelegation(parent: TargetsRole, name: string): Delegation {
  const [role, second] = rolesOf(parent).filter((candidate) => candidate.name === name)
  if (role === undefined || second !== undefined) {
    const times = role === undefined ? 'not' : 'twice'
    throw new TrustError(
      'UNTRUSTED_MALFORMED_METADATA',
      `${parent.name} metadata delegates to ${name} ${times}`,
    )
  }
  const paths = (role.paths ?? []).filter((path) =>
    parent.paths.some((own) => path.startsWith(own)),
  )
  const keys = parent.metadata.signed.delegations?.keys ?? {}
  return { signers: readSigners(role, keys), paths }
}

/** Finds the hex SHA-256 that a role signed for a tag within its paths. */
export function findTarget(role: TargetsRole, tag: string): string | undefined {
  const { targets } = role.metadata.signed
  const target = Object.hasOwn(targets, tag) && speaksFor(role, tag) ? targets[tag] : undefined
  return target === undefined ? undefined : toHex(role, target.hashes.sha256)
}

/** Tells whether a role signed a hex SHA-256 under any tag within its paths. */
export function listsHash(role: TargetsRole, sha256: string): boolean {
  const wanted = Buffer.from(sha256, 'hex').toString('base64')
  return Object.entries(role.metadata.signed.targets).some(
    ([tag, target]) => target.hashes.sha256 === wanted && speaksFor(role, tag),
  )
}

function speaksFor(role: TargetsRole, tag: string): boolean {
  return role.paths.some((path) => tag.startsWith(path))
}

function rolesOf(role: TargetsRole) {
  return role.metadata.signed.delegations?.roles ?? []
}

function toHex(role: TargetsRole, base64: string): string {
  const hash = Buffer.from(base64, 'base64')
  if (hash.length === 32) return hash.toString('hex')
  throw new TrustError(
    'UNTRUSTED_MALFORMED_METADATA',
    `${role.name} metadata has a sha256 of ${hash.length} bytes`,
  )
}
