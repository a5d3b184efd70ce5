import { type Static, Type } from '@sinclair/typebox'
import type { Environment } from '../../text/variables.ts'
import { AuthSection, type AuthSettings, parseAuth } from '../auth.ts'
import { type Authority, AuthoritySection, parseAuthority } from '../authority.ts'
import { attempt, type Report } from '../settings-report.ts'
import { parseRegistryHost, parseRepository, type Repository } from './repository.ts'
import { HostSection, type MaterialSettings, parseMaterial } from './settings-material.ts'
import { type CosignTrustRoot, parseTrustRoots, TrustRootsSection } from './settings-roots.ts'

const text = (description: string) => Type.String({ minLength: 1, description })

/** The section of a cosign validator. */
export const CosignSection = Type.Object(
  {
    name: text('the name by which rules refer to it'),
    type: Type.Literal('cosign'),
    host: Type.Optional(HostSection),
    ...AuthoritySection,
    auth: Type.Optional(AuthSection),
    trustedRoot: Type.Optional(text('the absolute path of a trusted_root.json')),
    repository: Type.Optional(text('the repository of all signatures')),
    insecureRegistries: Type.Optional(
      Type.Array(text('the host of a registry without TLS'), {
        minItems: 1,
        description: 'a list of hosts of registries without TLS, such as [registry.local:5000]',
      }),
    ),
    trustRoots: TrustRootsSection,
  },
  { additionalProperties: false, title: 'a cosign validator' },
)

/** The `with:` of a rule whose validator is of type cosign. */
export const CosignOptions = Type.Object(
  {
    trustRoot: Type.Optional(text('the name of a trust root of the validator, or "*" for all')),
    threshold: Type.Optional(
      Type.Integer({ minimum: 1, description: 'how many trust roots have to sign' }),
    ),
    required: Type.Optional(
      Type.Array(text('the name of a trust root'), {
        minItems: 1,
        description: 'a list of the trust roots that have to sign, such as [alice, bob]',
      }),
    ),
    verifyInTransparencyLog: Type.Optional(
      Type.Boolean({ description: 'false if a signature needs no entry in a transparency log' }),
    ),
    verifySCT: Type.Optional(
      Type.Boolean({ description: 'false if a certificate needs no promise of a certificate log' }),
    ),
    mode: Type.Optional(
      Type.Union([Type.Literal('mutate'), Type.Literal('insecureValidateOnly')], {
        default: 'mutate',
        description: 'insecureValidateOnly to verify without pinning the digest',
      }),
    ),
  },
  { additionalProperties: false, title: 'the options of a cosign validator' },
)

/** Settings of a cosign validator. */
export interface CosignSettings extends Authority, MaterialSettings {
  readonly type: 'cosign'
  readonly name: string
  /** Absent: registries are read without credentials. */
  readonly auth?: AuthSettings
  /** Where all signatures are; absent: beside their images. */
  readonly repository?: Repository
  /** `host[:port]` of registries that are spoken to in plain http. */
  readonly insecureRegistries: readonly string[]
  /** At least one; names and identities are distinct. */
  readonly trustRoots: readonly CosignTrustRoot[]
}

/** A section in which anything may be missing or misshapen: the schema's findings cover that. */
type Draft = { readonly [K in keyof Static<typeof CosignSection>]?: unknown }

/**
 * Parses a section as far as it is well-shaped, so that all problems are found at once. Undefined
 * if anything is wrong: it has been reported here, or the schema finds it.
 */
export function parseCosign(
  section: Draft,
  environment: Environment,
  report: Report,
): CosignSettings | undefined {
  const { name } = section
  const authority = parseAuthority(section, report)
  const material = parseMaterial(section, report)
  const auth = parseCredentials(section.auth, environment, report)
  const repository = attempt(section.repository, parseRepository, (why) =>
    report(
      ['repository'],
      `"repository" is not usable: ${why}.`,
      'Write a name such as registry.example.com/signatures, without a tag.',
    ),
  )
  const insecureRegistries = parseInsecure(section.insecureRegistries, report)
  const trustRoots = parseTrustRoots(section.trustRoots, report)
  const isWhole =
    typeof name === 'string' &&
    authority !== undefined &&
    material !== undefined &&
    auth !== undefined &&
    (section.repository === undefined || repository !== undefined) &&
    insecureRegistries !== undefined &&
    trustRoots !== undefined
  if (!isWhole) return undefined
  const plain = { name, insecureRegistries, trustRoots, ...(repository && { repository }) }
  return { type: 'cosign', ...plain, ...authority, ...material, ...auth }
}

function parseCredentials(
  section: unknown,
  environment: Environment,
  report: Report,
): Pick<CosignSettings, 'auth'> | undefined {
  if (section === undefined) return {}
  if (typeof section !== 'object' || section === null) return undefined
  const auth = parseAuth(section, environment, (path, message, fix) =>
    report(['auth', ...path], message, fix),
  )
  if (auth === undefined) return undefined
  if (auth.kind === 'inline' && auth.registry === undefined) {
    report(
      ['auth'],
      '"auth" does not say which registry it is for.',
      'Write registry: and the host of the registry below it.',
    )
    return undefined
  }
  return { auth }
}

function parseInsecure(value: unknown, report: Report): readonly string[] | undefined {
  if (value === undefined) return []
  if (!Array.isArray(value)) return undefined
  const hosts = value.flatMap((each, index) => {
    const host = attempt(each, parseRegistryHost, (why) =>
      report(
        ['insecureRegistries', String(index)],
        `the registry is not usable: ${why}.`,
        'Write its host, and its port if it has one, such as registry.local:5000.',
      ),
    )
    return host === undefined ? [] : [host]
  })
  return hosts.length === value.length ? hosts : undefined
}
