import { type Digest, isDigest } from '../../image/digest.ts'
import { type Reference, repositoryName } from '../../image/reference.ts'
import { TrustError } from '../../trust/errors.ts'
import type { PublicKey } from '../../trust/key.ts'
import { findTarget, listsHash } from '../../trust/tuf/targets.ts'
import type { TargetsRole } from '../../trust/tuf/trusted.ts'
import type { Validator } from '../validator.ts'
import type { NotarySource } from './source.ts'
import { fetchTrustData } from './trust-data.ts'

/**
 * Makes the validator for images signed with Docker Content Trust. `pins` are the root keys of the
 * trust roots that the rule names; one of them has to have signed the repository's root.
 */
export function createNotaryV1Validator(
  name: string,
  pins: readonly PublicKey[],
  source: NotarySource,
): Validator {
  return {
    name,
    type: 'notaryv1',
    async validate(image, context) {
      const anchor = { gun: repositoryName(image), pins }
      return findSignedDigest(image, await fetchTrustData(source, anchor, context))
    },
  }
}

/** Picks the digest that the roles signed for a reference, which agrees with its own, if any. */
function findSignedDigest(image: Reference, roles: readonly TargetsRole[]): Digest {
  if (image.tag === undefined) return findPinned(image, roles)
  const signed = findTagged(image, image.tag, roles)
  if (image.digest === undefined || image.digest === signed) return signed
  throw new TrustError(
    'UNTRUSTED_DIGEST_MISMATCH',
    `the reference pins ${image.digest}, but ${signed} is signed for tag ${image.tag}`,
  )
}

function findPinned(image: Reference, roles: readonly TargetsRole[]): Digest {
  const { digest } = image
  if (digest !== undefined && roles.some((role) => listsHash(role, toHex(digest)))) return digest
  throw new TrustError(
    'UNTRUSTED_NOT_SIGNED',
    `no tag of ${repositoryName(image)} is signed with digest ${digest}`,
  )
}

function findTagged(image: Reference, tag: string, roles: readonly TargetsRole[]): Digest {
  const signed = roles.flatMap((role) => {
    const hash = findTarget(role, tag)
    return hash === undefined ? [] : [{ role: role.name, digest: toDigest(hash) }]
  })
  const [first] = signed
  if (first === undefined) {
    const names = roles.map((role) => role.name).join(' nor in ')
    throw new TrustError(
      'UNTRUSTED_NOT_SIGNED',
      `tag ${tag} of ${repositoryName(image)} is not signed in ${names}`,
    )
  }
  if (signed.some(({ digest }) => digest !== first.digest)) {
    const claims = signed.map(({ role, digest }) => `${role} signed ${digest}`).join(', ')
    throw new TrustError('UNTRUSTED_CONFLICT', `the signers of tag ${tag} disagree: ${claims}`)
  }
  return first.digest
}

function toHex(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

function toDigest(hex: string): Digest {
  const digest = `sha256:${hex}`
  if (isDigest(digest)) return digest
  throw new TrustError('INTERNAL', `${hex} is not a SHA-256 in hex`)
}
