import { type Digest, isDigest } from '../../image/digest.ts'
import { type Reference, repositoryName } from '../../image/reference.ts'
import { TrustError } from '../../trust/errors.ts'
import { findTarget, listsHash } from '../../trust/tuf/targets.ts'
import type { TargetsRole } from '../../trust/tuf/trusted.ts'

/**
 * Picks the digest that roles signed for a reference, which agrees with the reference's own, if it
 * has one. With `all`, each of the roles must have signed it; else one is enough, and the others
 * must not have signed another. Throws `UNTRUSTED_NOT_SIGNED`, `UNTRUSTED_CONFLICT` or
 * `UNTRUSTED_DIGEST_MISMATCH`.
 */
export function findSignedDigest(
  image: Reference,
  roles: readonly TargetsRole[],
  all: boolean,
): Digest {
  const signed =
    image.tag === undefined
      ? findPinned(image, roles, all)
      : findTagged(image, image.tag, roles, all)
  if (image.digest === undefined || image.digest === signed) return signed
  throw new TrustError(
    'UNTRUSTED_DIGEST_MISMATCH',
    `the reference pins ${image.digest}, but ${signed} is signed for tag ${image.tag}`,
  )
}

function findPinned(image: Reference, roles: readonly TargetsRole[], all: boolean): Digest {
  const { digest } = image
  const silent = roles.filter((role) => !digest || !listsHash(role, toHex(digest)))
  if (digest !== undefined && isEnough(roles, silent, all)) return digest
  throw new TrustError(
    'UNTRUSTED_NOT_SIGNED',
    `no tag of ${repositoryName(image)} is signed with digest ${digest} in ${join(silent)}`,
  )
}

function findTagged(
  image: Reference,
  tag: string,
  roles: readonly TargetsRole[],
  all: boolean,
): Digest {
  const claims = roles.map((role) => ({ role, hash: findTarget(role, tag) }))
  const silent = claims.flatMap(({ role, hash }) => (hash === undefined ? [role] : []))
  const signed = claims.flatMap(({ role, hash }) =>
    hash === undefined ? [] : [{ role: role.name, digest: toDigest(hash) }],
  )
  const [first] = signed
  if (first !== undefined && signed.some(({ digest }) => digest !== first.digest)) {
    const each = signed.map(({ role, digest }) => `${role} signed ${digest}`).join(', ')
    throw new TrustError('UNTRUSTED_CONFLICT', `the signers of tag ${tag} disagree: ${each}`)
  }
  if (first !== undefined && isEnough(roles, silent, all)) return first.digest
  throw new TrustError(
    'UNTRUSTED_NOT_SIGNED',
    `tag ${tag} of ${repositoryName(image)} is not signed in ${join(silent)}`,
  )
}

function isEnough(
  roles: readonly TargetsRole[],
  silent: readonly TargetsRole[],
  all: boolean,
): boolean {
  return all ? silent.length === 0 : silent.length < roles.length
}

function join(roles: readonly TargetsRole[]): string {
  return roles.map(({ name }) => name).join(' nor in ')
}

function toHex(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

function toDigest(hex: string): Digest {
  const digest = `sha256:${hex}`
  if (isDigest(digest)) return digest
  throw new TrustError('INTERNAL', `${hex} is not a SHA-256 in hex`)
}
