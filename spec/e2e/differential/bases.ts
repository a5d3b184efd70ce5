import { createKeyPair } from '../../support/key-pair.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import type { DelegationRole, RoleName } from '../../support/notary/metadata.ts'
import { createRepository, type Repository } from '../../support/notary/repository.ts'

/** The repository of all mutations. */
export const GUN = 'registry.example/app'
/** What its tag is signed with. */
export const DIGEST = `sha256:${'a'.repeat(64)}`
/** What somebody else would like it to be. */
export const OTHER = `sha256:${'b'.repeat(64)}`
/** The tag that is asked for. */
export const TAG = '1'

/** A repository whose keys we hold, so that what is mutated can be signed again. */
export interface Base {
  readonly name: string
  readonly repository: Repository
  /** The roles that have a file. */
  readonly roles: readonly RoleName[]
  /** The delegations that a rule names; none: `targets/releases`, then `targets`. */
  readonly delegations?: readonly DelegationRole[]
}

const BASE_ROLES: readonly RoleName[] = ['root', 'timestamp', 'snapshot', 'targets']

/** Makes a base of one of the shapes that the notary client and Docker leave. */
export async function createBase(name: BaseName): Promise<Base> {
  const repository = await createRepository({ gun: GUN })
  switch (name) {
    case 'targets':
      repository.addTarget(TAG, DIGEST)
      return publish(name, repository, [])
    case 'releases':
      return publish(name, await sign(repository, 'targets/releases'), ['targets/releases'])
    case 'rsa': {
      const rsa = await createSigningKey({ type: 'rsa-x509', commonName: GUN })
      repository.keys.set('root', [rsa])
      repository.keys.set('targets', [await createSigningKey({ keyPair: createKeyPair('p384') })])
      repository.addTarget(TAG, DIGEST)
      return publish(name, repository, [])
    }
    case 'two-of-two': {
      const keys = [await createSigningKey(), await createSigningKey()]
      repository.keys.set('targets', keys)
      repository.thresholds.set('targets', 2)
      repository.addTarget(TAG, DIGEST)
      return publish(name, repository, [])
    }
    case 'signers': {
      for (const role of ['targets/alice', 'targets/bob'] as const) await sign(repository, role)
      const roles = ['targets/alice', 'targets/bob'] as const
      return { ...publish(name, repository, roles), delegations: roles }
    }
    case 'nested': {
      await sign(repository, 'targets/alice')
      await sign(repository, 'targets/alice/nightly')
      const roles = ['targets/alice', 'targets/alice/nightly'] as const
      return { ...publish(name, repository, roles), delegations: ['targets/alice/nightly'] }
    }
  }
}

/** The shapes of repositories. */
export type BaseName = (typeof BASE_NAMES)[number]
/** All of them. */
export const BASE_NAMES = ['targets', 'releases', 'rsa', 'two-of-two', 'signers', 'nested'] as const

async function sign(repository: Repository, role: DelegationRole): Promise<Repository> {
  await repository.delegate(role)
  repository.addTarget(TAG, DIGEST, role)
  return repository
}

function publish(
  name: string,
  repository: Repository,
  delegations: readonly DelegationRole[],
): Base {
  repository.publish()
  return { name, repository, roles: [...BASE_ROLES, ...delegations] }
}
