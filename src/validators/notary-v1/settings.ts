import { type Static, Type } from '@sinclair/typebox'
import { isHostOf } from '../../text/host.ts'
import { quote } from '../../text/quote.ts'
import type { Environment } from '../../text/variables.ts'
import { delegationProblem, parentOf } from '../../trust/tuf/role-name.ts'
import { AuthSection, type AuthSettings, parseAuth } from '../auth.ts'
import { type Authority, AuthoritySection, parseAuthority } from '../authority.ts'
import { attempt, type Report } from '../settings-report.ts'
import { type NotaryV1TrustRoot, parseTrustRoots } from './settings-roots.ts'

const name = (description: string) => Type.String({ minLength: 1, description })

const TARGETS = 'targets'

/** When people are warned that metadata will expire, if they say nothing else. */
const WARNING_DAYS = 14
/** Ten years, as long as a root lives. */
const MAX_WARNING_DAYS = 3650

/** The section of a Notary v1 validator. */
export const NotaryV1Section = Type.Object(
  {
    name: name('the name by which rules refer to it'),
    type: Type.Literal('notaryv1'),
    host: Type.String({
      minLength: 1,
      description: 'the address of the Notary server, such as notary.example.com',
    }),
    ...AuthoritySection,
    auth: Type.Optional(AuthSection),
    required: Type.Optional(
      Type.Boolean({ description: 'true if the program is not ready without the server' }),
    ),
    expiryWarningDays: Type.Optional(
      Type.Integer({ minimum: 0, maximum: MAX_WARNING_DAYS, description: 'a number of days' }),
    ),
    trustRoots: Type.Array(
      Type.Object(
        {
          name: name('the name by which rules refer to it'),
          key: Type.String({ minLength: 1, description: 'PEM of the public root key' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, description: 'a list of public root keys, each with name and key' },
    ),
  },
  { additionalProperties: false, title: 'a notaryv1 validator' },
)

/** The `with:` of a rule whose validator is of type notaryv1. */
export const NotaryV1Options = Type.Object(
  {
    trustRoot: Type.Optional(
      name('the name of a trust root of the validator, or "*" for all of them'),
    ),
    delegations: Type.Optional(
      Type.Array(Type.String({ minLength: 1, description: 'the name of a delegation' }), {
        minItems: 1,
        description: 'a list of the delegations that all have to sign, such as [alice, bob]',
      }),
    ),
    mode: Type.Optional(
      Type.Union([Type.Literal('mutate'), Type.Literal('insecureValidateOnly')], {
        default: 'mutate',
        description: 'insecureValidateOnly to verify without pinning the digest',
      }),
    ),
  },
  { additionalProperties: false, title: 'the options of a notaryv1 validator' },
)

/** Settings of a Notary v1 validator. */
export interface NotaryV1Settings extends Authority {
  readonly type: 'notaryv1'
  readonly name: string
  /** `https://` or `http://`, host, port, path prefix; without a slash at the end. */
  readonly host: string
  /** Absent: trust data is read without credentials. */
  readonly auth?: AuthSettings
  /** Whether the program is ready only while the server is well. Default is false. */
  readonly required: boolean
  /** From how many days before expiry people are warned; 0 is never. Default is 14. */
  readonly expiryWarningDays: number
  /** At least one; names and keys are distinct. */
  readonly trustRoots: readonly NotaryV1TrustRoot[]
}

/** A section in which anything may be missing or misshapen: the schema's findings cover that. */
type Draft = { readonly [K in keyof Static<typeof NotaryV1Section>]?: unknown }

/**
 * Parses a section as far as it is well-shaped, so that all problems are found at once. Undefined
 * if anything is wrong: it has been reported here, or the schema finds it. `environment` is what
 * credentials may refer to.
 */
export function parseNotaryV1(
  section: Draft,
  environment: Environment,
  report: Report,
): NotaryV1Settings | undefined {
  const { name, required = false, expiryWarningDays = WARNING_DAYS } = section
  const host = attempt(section.host, parseHost, (why) =>
    report(
      ['host'],
      `"host" is not a usable address: ${why}.`,
      'Write host: notary.example.com, with http:// before it only for a server without TLS.',
    ),
  )
  const authority = parseAuthority(section, report)
  const auth = parseCredentials(section.auth, host, environment, report)
  const trustRoots = parseTrustRoots(section.trustRoots, report)
  const isWhole =
    typeof name === 'string' &&
    typeof required === 'boolean' &&
    typeof expiryWarningDays === 'number' &&
    host !== undefined &&
    authority !== undefined &&
    auth !== undefined &&
    trustRoots !== undefined
  if (!isWhole) return undefined
  const plain = { name, host, required, expiryWarningDays, trustRoots }
  return { type: 'notaryv1', ...plain, ...authority, ...auth }
}

function parseCredentials(
  section: unknown,
  host: string | undefined,
  environment: Environment,
  report: Report,
): Pick<NotaryV1Settings, 'auth'> | undefined {
  if (section === undefined) return {}
  if (typeof section !== 'object' || section === null) return undefined
  const auth = parseAuth(section, environment, (path, message, fix) =>
    report(['auth', ...path], message, fix),
  )
  if (auth === undefined) return undefined
  if (auth.kind === 'inline' && auth.registry !== undefined && host !== undefined) {
    if (isHostOf(auth.registry, host)) return { auth }
    report(
      ['auth', 'registry'],
      '"registry" is not the host of the validator, so the credentials would never be used.',
      `Write registry: ${new URL(host).host}, or remove it.`,
    )
    return undefined
  }
  return { auth }
}

/**
 * Parses the address of a Notary server to what `NotaryV1Settings.host` is. Throws a `SyntaxError`,
 * whose message never repeats the text: it may hold a password.
 */
export function parseHost(text: string): string {
  if (/[\s\\]/.test(text)) throw new SyntaxError('it holds white space or a backslash')
  if (text.includes('@')) throw new SyntaxError('it holds user information')
  if (/[?#]/.test(text)) throw new SyntaxError('it holds a query or a fragment')
  const scheme = /^([^/]*):\/\//.exec(text)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'https' && scheme !== 'http') {
    throw new SyntaxError('its scheme is neither https nor http')
  }
  const url = URL.parse(scheme === undefined ? `https://${text}` : text)
  // URL takes "*" and the like for a host, which no server has.
  if (url === null || !/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname)) {
    throw new SyntaxError('it is no host name with an optional port and path')
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}

/**
 * Completes names of delegations, with or without `targets/` in front, to their full names. Throws a
 * `SyntaxError`, also when two of them are one delegation.
 */
export function parseDelegations(names: readonly string[]): readonly string[] {
  const full = names.map(parseDelegation)
  const twice = full.find((name, index) => full.indexOf(name) !== index)
  if (twice !== undefined) throw new SyntaxError(`${twice} is listed twice`)
  return full
}

function parseDelegation(name: string): string {
  const full = name.startsWith(`${TARGETS}/`) ? name : `${TARGETS}/${name}`
  if (name === TARGETS) {
    throw new SyntaxError('"targets" is no delegation: leave delegations out to have it count')
  }
  const parts = full.split('/')
  const problem = parts.includes('') ? 'has an empty part' : delegationProblem(parentOf(full), full)
  if (problem !== undefined) throw new SyntaxError(`the name ${quote(name)} ${problem}`)
  return full
}
