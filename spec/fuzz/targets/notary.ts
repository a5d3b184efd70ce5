import type { RoleName } from '../../support/notary/metadata.ts'
import type { Repository } from '../../support/notary/repository.ts'
import type { Random } from '../../support/random.ts'
import { createReleases, DIGEST, NOW, validate } from '../../validators/notary-v1/app.ts'
import { mutateBytes, mutateJson } from '../mutate.ts'
import { Finding, type Target } from '../target.ts'

const ROLES: readonly RoleName[] = ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases']

const DENIAL = /^(?:UNTRUSTED|UNAVAILABLE)_[A-Z_]+: /

/** Trust data: altered bytes, and whatever a Notary server could have signed itself. */
export async function createNotaryTarget(): Promise<Target> {
  const app = await createReleases()
  app.addTarget('1', DIGEST, 'targets/releases')
  return {
    name: 'notary',
    async attempt(random) {
      const role = random.pick(ROLES)
      const how = publishForged(app, role, random)
      if (how === undefined) return
      const outcome = await validate(app)
      if (outcome === DIGEST || DENIAL.test(outcome)) return
      throw new Finding(`${how} ${role}: ${outcome}`, Object.fromEntries(texts(app)))
    },
  }
}

function publishForged(app: Repository, role: RoleName, random: Random): string | undefined {
  switch (random.below(3)) {
    case 0:
      app.publish(NOW, { [role]: { served: (bytes: Uint8Array) => mutateBytes(bytes, random) } })
      return 'altered'
    case 1:
      app.publish(NOW, { [role]: { bytes: (bytes: Uint8Array) => mutateBytes(bytes, random) } })
      return 'altered, with fitting hashes,'
    default:
      return publishSigned(app, random)
  }
}

/** Who may sign targets may sign what they like, so it is of the others. Nothing: no JSON to sign. */
function publishSigned(app: Repository, random: Random): string | undefined {
  const signed = (object: object) => Object(mutateJson(object, random))
  try {
    app.publish(NOW, { [random.pick(['timestamp', 'snapshot'])]: { signed } })
    return 'signed otherwise'
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function texts({ files }: Repository) {
  return [...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()] as const)
}
