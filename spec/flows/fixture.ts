import type { Owners } from '../../src/admission/owners.ts'
import { createRepository, type Repository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { renderValidators } from '../support/validators.ts'
import { type Program, startProgram } from './program.ts'

/** The repository that every flow has: `1` is signed as DIGEST, `2` as OTHER_DIGEST. */
export const REPOSITORY = 'registry.example/acme/app'

/** What is signed for tag `1`. */
export const DIGEST = `sha256:${'a'.repeat(64)}`

/** What is signed for tag `2`. */
export const OTHER_DIGEST = `sha256:${'b'.repeat(64)}`

/** The validator `default` asks the embedded Notary; these rules are the policy unless one is given. */
const POLICY = `policy:
  - pattern: "*:*"
  - pattern: "registry.k8s.io/*:*"
    validator: allow
  - pattern: "registry.example/denied/*:*"
    validator: deny
`

/** The program before a Notary that really signs. */
export interface Flow extends Program {
  readonly notary: EmbeddedNotary
  readonly repository: Repository
  stop(): void
}

/** What a flow has besides what every flow has. */
export interface FlowOptions {
  /** Replaces the policy. */
  readonly policy?: string
  /** Is added to the configuration. */
  readonly features?: string
  /** The controllers of its cluster; it has none without. */
  readonly owners?: Owners
}

/** Starts a flow. */
export async function startFlow(more: FlowOptions = {}): Promise<Flow> {
  const repository = await createRepository({ gun: REPOSITORY })
  repository.addTarget('1', DIGEST)
  repository.addTarget('2', OTHER_DIGEST)
  repository.publish()
  const notary = startNotary()
  notary.repositories.set(REPOSITORY, repository)
  const { policy = POLICY, features = '', owners } = more
  const text = `${renderValidators(notary.url, repository.rootPublicKeyPem)}${policy}${features}`
  return { ...startProgram(text, owners), notary, repository, stop: () => notary.stop() }
}
