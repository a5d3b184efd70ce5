import { RegistryClient } from '../../../src/clients/registry/client.ts'
import { ignoreCalls, type UpstreamObserver } from '../../../src/clients/upstream-call.ts'
import { parseReference } from '../../../src/image/reference.ts'
import { TrustError } from '../../../src/trust/errors.ts'
import { NO_TRUST_MATERIAL, type TrustMaterial } from '../../../src/trust/sigstore/material.ts'
import { parseSigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import type { Repository } from '../../../src/validators/cosign/repository.ts'
import type { CosignTrustRoot } from '../../../src/validators/cosign/settings-roots.ts'
import { createCosignValidator } from '../../../src/validators/cosign/validator.ts'
import type { Step } from '../../../src/validators/validator.ts'
import { pushImage } from '../../support/cosign/shelf.ts'
import { createKeyPair, type KeyPair, toPublicKeyPem } from '../../support/key-pair.ts'
import { untilEnough } from '../../support/patience.ts'
import {
  type EmbeddedRegistry,
  type RegistrySetup,
  startRegistry,
} from '../../support/registry/server.ts'
import type { RepositoryStore } from '../../support/registry/store.ts'

/** The repository of the specs. */
export const NAME = 'team/app'
/** The clock of validations that name no other time. */
export const NOW = new Date('2026-06-01T12:00:00Z')

/** What a validation may be told otherwise. */
export interface Otherwise {
  /** Default is one trust root, alice. */
  readonly roots?: readonly CosignTrustRoot[]
  /** Default is all that are required, else all. */
  readonly threshold?: number
  readonly required?: readonly string[]
  readonly verifyInTransparencyLog?: boolean
  readonly material?: TrustMaterial
  /** Where the signatures are. */
  readonly repository?: Repository
  /** Default is 0: signatures are looked for each time. */
  readonly freshMs?: number
}

/** A registry with an image, `1`, and alice, whose key is trusted. */
export class Scene {
  readonly alice = createKeyPair('p256')
  readonly bob = createKeyPair('p256')
  readonly mallory = createKeyPair('p256')
  readonly registry: EmbeddedRegistry
  readonly store: RepositoryStore
  readonly digest: string
  #hasFailed = false

  constructor(setup: RegistrySetup = {}) {
    this.registry = startRegistry(setup)
    this.store = this.registry.repository(NAME)
    this.digest = pushImage(this.registry, NAME, '1')
    scenes.push(this)
  }

  /** The name of the image. */
  get image(): string {
    return `${this.registry.host}/${NAME}:1`
  }

  /** Makes a validator of these signers; each has connections and memory of its own. */
  createValidator(otherwise: Otherwise = {}) {
    const roots = otherwise.roots ?? [rootOf('alice', this.alice)]
    const { required = [], verifyInTransparencyLog = false, material } = otherwise
    const all = required.length > 0 ? required.length : roots.length
    return createCosignValidator(
      {
        name: 'default',
        demand: { roots, required, threshold: otherwise.threshold ?? all },
        requirements: { verifyInTransparencyLog, verifySCT: true },
      },
      {
        source: new RegistryClient({ observe: this.#observe }),
        material: async () => material ?? NO_TRUST_MATERIAL,
        repository: otherwise.repository,
        freshMs: otherwise.freshMs ?? 0,
      },
    )
  }

  /** Validates once and tells the digest, or the code and message of the denial. */
  judge(otherwise: Otherwise = {}, image = this.image): Promise<string> {
    return this.judgeBy(this.createValidator(otherwise), image)
  }

  /** As `judge`, by a validator of this scene. */
  judgeBy(validator: ReturnType<Scene['createValidator']>, image = this.image): Promise<string> {
    this.#hasFailed = false
    // Otherwise a registry that fails is asked again for as long as somebody waits.
    return untilEnough(
      () => this.#hasFailed,
      (signal) => verdictOf(validator, image, NOW, undefined, signal),
    )
  }

  /** Validates once and lists the steps that it tells of. */
  async explain(otherwise: Otherwise = {}, image = this.image): Promise<readonly Step[]> {
    const steps: Step[] = []
    const trace = (step: Step) => void steps.push(step)
    await verdictOf(this.createValidator(otherwise), image, NOW, trace)
    return steps
  }

  readonly #observe: UpstreamObserver = {
    ...ignoreCalls,
    ended: ({ outcome }) => {
      this.#hasFailed ||= !/^[234]xx$/.test(outcome)
    },
  }

  /** How many requests it takes to do something. */
  async cost(work: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.registry.requests.length
    await work()
    return this.registry.asked.slice(before)
  }
}

const scenes: Scene[] = []

/** Stops the registries of all scenes; for `afterEach`. */
export function endScenes(): void {
  for (const { registry } of scenes.splice(0)) registry.stop()
}

/** A trust root that is a public key. */
export function rootOf(name: string, pair: KeyPair): CosignTrustRoot {
  return { name, kind: 'key', key: parseSigningKey(toPublicKeyPem(pair)) }
}

/** Validates and tells the digest, or the code and message of the denial. */
export async function verdictOf(
  validator: ReturnType<typeof createCosignValidator>,
  image: string,
  now = NOW,
  trace?: (step: Step) => void,
  signal = new AbortController().signal,
): Promise<string> {
  try {
    const noteKnownSince = () => {}
    const context = trace ? { now, signal, trace } : { now, signal, noteKnownSince }
    return (await validator.validate(parseReference(image), context)) ?? 'approved'
  } catch (error) {
    if (error instanceof TrustError) return `${error.code}: ${error.message}`
    throw error
  }
}
