import { createRepository, type Repository } from '../spec/support/notary/repository.ts'
import { parseReference } from '../src/image/reference.ts'
import { parsePublicKeyPem } from '../src/trust/key.ts'
import { TrustMemory } from '../src/validators/notary-v1/memory.ts'
import type { NotarySource } from '../src/validators/notary-v1/source.ts'
import { createNotaryV1Validator } from '../src/validators/notary-v1/validator.ts'
import { cpuUs, timeAsync } from './stopwatch.ts'

const GUN = 'registry.example/team/app'
const DIGEST = `sha256:${'a'.repeat(64)}`

/** Microseconds of processor time for one verification, by the repository that it is about. */
export type VerificationTimes = ReadonlyMap<string, readonly number[]>

/** Times whole verifications, from bytes in memory to the digest, with nothing remembered. */
export async function measureVerifications(): Promise<VerificationTimes> {
  const times = new Map<string, readonly number[]>()
  for (const tags of [1, 1000]) {
    for (const role of ['targets', 'targets/releases'] as const) {
      const name = `${tags} ${tags === 1 ? 'tag' : 'tags'} in ${role}`
      times.set(name, await measureRepository(tags, role))
    }
  }
  return times
}

async function measureRepository(
  tags: number,
  role: 'targets' | 'targets/releases',
): Promise<readonly number[]> {
  const repository = await createRepository({ gun: GUN })
  if (role === 'targets/releases') await repository.delegate(role)
  for (let tag = 0; tag < tags; tag++) repository.addTarget(`v${tag}`, DIGEST, role)
  repository.publish()
  const pins = [parsePublicKeyPem(repository.rootPublicKeyPem)]
  const validator = createNotaryV1Validator(
    { name: 'default', pins },
    { host: 'https://notary.example', source: sourceOf(repository), memory: new TrustMemory() },
  )
  const image = parseReference(`${GUN}:v${tags - 1}`)
  const context = { now: new Date(), signal: new AbortController().signal }
  return timeAsync(cpuUs, async () => {
    const digest = await validator.validate(image, context)
    if (digest !== DIGEST) throw new Error(`${digest} was found, ${DIGEST} is signed`)
  })
}

function sourceOf({ files }: Repository): NotarySource {
  return {
    fetchNewest: async (_, role) => files.get(`${role}.json`),
    fetchRoot: async (_, version) => files.get(`${version}.root.json`),
    fetchByHash: async (_, role, sha256) => files.get(`${role}.${sha256}.json`),
  }
}
