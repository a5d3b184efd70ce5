import { parseReference } from '../../../src/image/reference.ts'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import type { NotarySource } from '../../../src/validators/notary-v1/source.ts'
import { createNotaryV1Validator } from '../../../src/validators/notary-v1/validator.ts'
import type { Forgeries } from '../../support/notary/forgery.ts'
import {
  createRepository,
  type Repository,
  type RepositoryOptions,
} from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { describeDenial } from '../../trust/outcome.ts'

/** The repository of the specs. */
export const GUN = 'registry.example/app'
/** Where it is. */
export const HOST = 'https://notary.example'
/** When it is published, and the clock of validations that name no other time. */
export const NOW = new Date('2026-06-01T12:00:00Z')
/** What it signs for the tag `1`. */
export const DIGEST = `sha256:${'a'.repeat(64)}`
/** Another digest. */
export const OTHER = `sha256:${'b'.repeat(64)}`

/** Makes the repository with the tag `1`, not published yet. */
export async function createApp(options: Partial<RepositoryOptions> = {}): Promise<Repository> {
  const app = await createRepository({ gun: GUN, now: NOW, ...options })
  app.addTarget('1', DIGEST)
  return app
}

/** Makes the repository with the tag `1` in `targets` and an unsigned `targets/releases` beside it. */
export async function createReleases(
  delegation: Parameters<Repository['delegate']>[1] = {},
): Promise<Repository> {
  const app = await createApp()
  await app.delegate('targets/releases', delegation)
  return app
}

/** What a validation is asked, and under which pins. */
export interface Question {
  /** Default `registry.example/app:1`. */
  readonly image?: string
  /** PEM. Default the root key of the repository. */
  readonly pins?: readonly string[]
  /** Default `NOW`. */
  readonly now?: Date
  /** Default the files of the repository. */
  readonly source?: NotarySource
  /** Full names of the delegations that have to sign. Default none. */
  readonly delegations?: readonly string[]
  /** Default one that knows nothing. */
  readonly memory?: TrustMemory
}

/** Validates an image of the repository: its digest, or `CODE: message`. Other errors pass. */
export async function validate(app: Repository, question: Question = {}): Promise<string> {
  const { image = `${GUN}:1`, pins = [app.rootPublicKeyPem], now = NOW } = question
  const source = question.source ?? createMemorySource(app.files)
  const validator = createNotaryV1Validator(
    {
      name: 'default',
      pins: pins.map(parsePublicKeyPem),
      ...(question.delegations && { delegations: question.delegations }),
    },
    { host: HOST, source, memory: question.memory ?? new TrustMemory() },
  )
  const context = { now, signal: AbortSignal.timeout(60_000) }
  const digest = await validator.validate(parseReference(image), context)?.catch(describeDenial)
  return digest ?? 'approved without a digest'
}

/** Publishes a fresh repository with forgeries and validates its tag `1`. */
export async function validateForged(forgeries: Forgeries): Promise<string> {
  const app = await createApp()
  app.publish(NOW, forgeries)
  return validate(app)
}
