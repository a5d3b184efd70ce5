import { parseReference } from '../../../src/image/reference.ts'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createNotaryV1Validator } from '../../../src/validators/notary-v1/validator.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import type { EmbeddedNotary } from '../../support/notary/server.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { Random } from '../../support/random.ts'
import { describeDenial } from '../../trust/outcome.ts'
import { BASE_NAMES, createBase, GUN, TAG } from './bases.ts'
import { MUTATIONS } from './mutations.ts'
import { askNotary, type NotaryVerdict } from './notary-client.ts'
import { findReason } from './stricter.ts'

/** What two clients make of one mutated repository. */
export interface Comparison {
  /** Everything that is needed to see it again: the seed and the index of the mutation. */
  readonly name: string
  readonly mutation: string
  /** The digest, or `CODE: message`. */
  readonly ours: string
  readonly notary: NotaryVerdict
  readonly outcome: Outcome
}

/** `laxer` and `stricter` without a reason are mistakes of ours. */
export type Outcome =
  | { readonly kind: 'both accept' }
  | { readonly kind: 'both refuse' }
  | { readonly kind: 'stricter'; readonly reason: string | undefined }
  | { readonly kind: 'laxer' }

/** Where both clients look. */
export interface Arena {
  readonly server: EmbeddedNotary
  /** For the trust folders of the notary client. */
  readonly folder: string
}

/** What both clients are asked about. */
export interface Served {
  readonly gun: string
  readonly tag: string
  /** By the last part of their URL. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** The pinned root key as PEM, and its id. */
  readonly pin: string
  readonly pinId: string
  readonly delegations?: readonly string[]
}

/** Mutates one of the bases and asks both about it. */
export async function compare(seed: number, index: number, arena: Arena): Promise<Comparison> {
  const random = new Random(seed * 1_000_003 + index)
  const base = await createBase(random.pick(BASE_NAMES))
  const mutation = random.pick(MUTATIONS)
  const role = random.pick(base.roles.filter((each) => mutation.roles?.(each) ?? true))
  const stranger = await createSigningKey()
  const { repository, delegations } = base
  const pin = repository.rootPublicKeyPem
  const pinId = repository.keys.get('root')?.[0]?.id ?? ''
  repository.publish(undefined, mutation.forge({ base, role, random, stranger }))
  const { files } = repository
  const served = { gun: GUN, tag: TAG, files, pin, pinId, ...(delegations && { delegations }) }
  const name = `seed ${seed}, index ${index}: ${mutation.name} of ${role} (${base.name})`
  return askBoth(name, mutation.name, served, arena)
}

/** Asks both clients about the same files. */
export async function askBoth(
  name: string,
  mutation: string,
  served: Served,
  { server, folder }: Arena,
): Promise<Comparison> {
  const { gun, tag, files, pinId, delegations } = served
  const ours = await askOurs(served)
  server.repositories.set(gun, { files })
  const roles = delegations ?? ['targets/releases', 'targets']
  const notary = await askNotary(folder, { url: server.url, gun, tag, pin: pinId, roles })
  return { name, mutation, ours, notary, outcome: judge(mutation, ours, notary, delegations) }
}

async function askOurs({ gun, tag, files, pin, delegations }: Served): Promise<string> {
  const validator = createNotaryV1Validator(
    { name: 'default', pins: [parsePublicKeyPem(pin)], ...(delegations && { delegations }) },
    {
      host: 'https://notary.example',
      source: createMemorySource(files),
      memory: new TrustMemory(),
    },
  )
  const context = { now: new Date(), signal: new AbortController().signal }
  const digest = validator.validate(parseReference(`${gun}:${tag}`), context)
  return (await digest?.catch(describeDenial)) ?? 'nothing'
}

function judge(
  mutation: string,
  ours: string,
  notary: NotaryVerdict,
  delegations: readonly string[] | undefined,
): Outcome {
  const signed = notary.accepted ? notary.signed : new Map<string, string>()
  if (ours.startsWith('sha256:')) {
    const agrees = (each: string) => signed.get(each) === ours
    const isCovered = delegations?.every(agrees) ?? [...signed.keys()].some(agrees)
    return isCovered ? { kind: 'both accept' } : { kind: 'laxer' }
  }
  const accepted = delegations?.every((each) => signed.has(each)) ?? signed.size > 0
  if (!accepted) return { kind: 'both refuse' }
  return { kind: 'stricter', reason: findReason(mutation, ours) }
}
