/** The longest role name, in characters: a column of Notary's database (tuf/data/roles.go). */
const MAX_CHARACTERS = 255

/**
 * Tells why a name is not one of a delegation directly below `parent`, or nothing. The rules are
 * the notary client's: `[-a-z0-9_/]`, fewer than 256 characters, no empty component.
 */
export function delegationProblem(parent: string, name: string): string | undefined {
  if (!/^[-a-z0-9_/]+$/.test(name)) return 'has other characters than a-z, 0-9, -, _ and /'
  if (name.length > MAX_CHARACTERS) return `has more than ${MAX_CHARACTERS} characters`
  const child = name.startsWith(`${parent}/`) ? name.slice(parent.length + 1) : ''
  return child === '' || child.includes('/') ? `is no direct child of ${parent}` : undefined
}

/** The role that appoints a delegation: `targets` for `targets/releases`. */
export function parentOf(delegation: string): string {
  return delegation.slice(0, Math.max(0, delegation.lastIndexOf('/')))
}
