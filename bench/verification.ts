import { createRepository, type Repository } from '../spec/support/notary/repository.ts'
import { parseReference } from '../src/image/reference.ts'
import { parsePublicKeyPem } from '../src/trust/key.ts'
import { TrustMemory } from '../src/validators/notary-v1/memory.ts'
import type { NotarySource } from '../src/validators/notary-v1/source.ts'
import { createNotaryV1Validator } from '../src/validators/notary-v1/validator.ts'
import { cpuUs, timeAsync } from './stopwatch.ts'

const GUN = 'registry.example/team/app'
const DIGEST = `sha256:${'a'.repeat(64)}`
const ROLES = ['targets', 'targets/releases'] as const

/** What verifying one tag of a repository takes. */
export interface Verification {
  readonly repository: string
  /** How many tags it signs. */
  readonly tags: number
  /** With nothing remembered, or again while nothing has changed. */
  readonly kind: 'first' | 'unchanged'
  /** Microseconds of processor time, one value per round. */
  readonly us: readonly number[]
  /** Files that were asked for. */
  readonly requests: number
}

/** Times whole verifications, from bytes in memory to the digest. */
export async function measureVerifications(): Promise<readonly Verification[]> {
  const results: Verification[] = []
  for (const tags of [1, 1000, 20_000]) {
    for (const role of ROLES) {
      const repository = await createSigned(tags, role)
      const name = `${tags} ${tags === 1 ? 'tag' : 'tags'} in ${role}`
      for (const kind of ['first', 'unchanged'] as const) {
        const verify = createVerifier(repository, `v${tags - 1}`, kind)
        const us = await timeAsync(cpuUs, verify)
        results.push({ repository: name, tags, kind, us, requests: await verify() })
      }
    }
  }
  return results
}

async function createSigned(tags: number, role: (typeof ROLES)[number]): Promise<Repository> {
  const repository = await createRepository({ gun: GUN })
  if (role === 'targets/releases') await repository.delegate(role)
  for (let tag = 0; tag < tags; tag++) repository.addTarget(`v${tag}`, DIGEST, role)
  repository.publish()
  return repository
}

/** Returns a function that verifies once and tells how many files were asked for. */
function createVerifier(repository: Repository, tag: string, kind: Verification['kind']) {
  const pins = [parsePublicKeyPem(repository.rootPublicKeyPem)]
  const image = parseReference(`${GUN}:${tag}`)
  const context = { now: new Date(), signal: new AbortController().signal }
  let requests = 0
  const source = createSource(repository, () => requests++)
  const createValidator = () =>
    createNotaryV1Validator(
      { name: 'default', pins },
      { host: 'https://notary.example', source, memory: new TrustMemory() },
    )
  const known = createValidator()
  return async () => {
    requests = 0
    const validator = kind === 'first' ? createValidator() : known
    const digest = await validator.validate(image, context)
    if (digest !== DIGEST) throw new Error(`${digest} was found, ${DIGEST} is signed`)
    return requests
  }
}

/** Each answer is a copy, as from a network, so that nothing is known of its bytes. */
function createSource({ files }: Repository, onAsked: () => void): NotarySource {
  const read = async (name: string) => {
    onAsked()
    return files.get(`${name}.json`)?.slice()
  }
  return {
    fetchNewest: (_, role) => read(role),
    fetchRoot: (_, version) => read(`${version}.root`),
    fetchByHash: (_, role, sha256) => read(`${role}.${sha256}`),
  }
}
