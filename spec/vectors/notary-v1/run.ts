import { parseReference } from '../../../src/image/reference.ts'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import type { NotarySource } from '../../../src/validators/notary-v1/source.ts'
import { createNotaryV1Validator } from '../../../src/validators/notary-v1/validator.ts'
import { describeDenial } from '../../trust/outcome.ts'
import type { Expected, Stage, Vector } from './vector.ts'

/** Runs a vector; lists for each stage the digest, or `CODE: reason`. */
export async function runVector(vector: Vector): Promise<readonly string[]> {
  const { image, pins, delegations, stages } = vector
  let files: Stage['files'] = new Map()
  const validator = createNotaryV1Validator(
    { name: 'default', pins: pins.map(parsePublicKeyPem), ...(delegations && { delegations }) },
    {
      host: 'https://notary.example',
      source: createSource(() => files),
      memory: new TrustMemory(),
    },
  )
  const outcomes: string[] = []
  for (const stage of stages) {
    files = stage.files
    const context = { now: stage.now, signal: new AbortController().signal }
    const digest = validator.validate(parseReference(image), context)
    outcomes.push((await digest?.catch(describeDenial)) ?? 'approved without a digest')
  }
  return outcomes
}

/** Tells whether an outcome is the expected one. */
export function isAsExpected(outcome: string, expected: Expected): boolean {
  if ('digest' in expected) return outcome === expected.digest
  return outcome.startsWith(`${expected.code}: `) && outcome.includes(expected.reason)
}

/** A role's file is served under every hash, as a server in other hands may do. */
function createSource(files: () => Stage['files']): NotarySource {
  return {
    fetchNewest: async (_, role) => files().get(role),
    fetchRoot: async (_, version) => files().get(`${version}.root`),
    fetchByHash: async (_, role, sha256) => files().get(`${role}.${sha256}`) ?? files().get(role),
  }
}
