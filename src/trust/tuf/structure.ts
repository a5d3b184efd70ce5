import { quote } from '../../text/quote.ts'
import { TrustError } from '../errors.ts'
import type { Metadata, MetadataKey, RoleKeys } from './metadata.ts'
import { delegationProblem } from './role-name.ts'

/**
 * Verifies what the notary client demands of a root beyond its shape: every key id of its four
 * roles is listed among its keys (tuf/data/root.go). Throws `UNTRUSTED_MALFORMED_METADATA`.
 */
export function checkRoot({ signed: { roles, keys } }: Metadata<'root'>): void {
  for (const [role, roleKeys] of Object.entries(roles)) checkKeyIds('root', role, roleKeys, keys)
}

/**
 * Verifies the same of targets metadata and its delegations, each of which is a direct child that
 * is named once (tuf/data/targets.go). Throws `UNTRUSTED_MALFORMED_METADATA`.
 */
export function checkTargets(name: string, { signed }: Metadata<'targets'>): void {
  const seen = new Set<string>()
  for (const role of signed.delegations?.roles ?? []) {
    const problem = delegationProblem(name, role.name)
    if (problem !== undefined) throw malformed(name, `delegation ${quote(role.name)} ${problem}`)
    if (seen.has(role.name)) throw malformed(name, `it delegates to ${role.name} twice`)
    seen.add(role.name)
    checkKeyIds(name, role.name, role, signed.delegations?.keys ?? {})
  }
}

function checkKeyIds(
  name: string,
  role: string,
  { keyids }: RoleKeys,
  keys: Readonly<Record<string, MetadataKey>>,
): void {
  const missing = (keyids ?? []).find((keyId) => !Object.hasOwn(keys, keyId))
  if (missing === undefined) return
  throw malformed(name, `${role} names the key ${quote(missing, 12)}, which is not listed`)
}

function malformed(name: string, what: string): TrustError {
  return new TrustError('UNTRUSTED_MALFORMED_METADATA', `malformed ${name} metadata: ${what}`)
}
