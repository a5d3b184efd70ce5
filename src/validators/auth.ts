import { type Static, Type } from '@sinclair/typebox'
import { Secret } from '../text/secret.ts'
import { type Environment, expandVariables } from '../text/variables.ts'

/** The section `auth` of a validator. */
export const AuthSection = Type.Object(
  {
    secretName: Type.Optional(
      Type.String({ minLength: 1, description: 'the name of a folder below the secrets folder' }),
    ),
    username: Type.Optional(Type.String({ minLength: 1, description: 'the name of the user' })),
    password: Type.Optional(
      Type.String({ minLength: 1, description: 'the password, best in a variable' }),
    ),
    registry: Type.Optional(
      Type.String({ minLength: 1, description: 'the host that the credentials are for' }),
    ),
  },
  { additionalProperties: false, title: 'the auth of a validator', description: 'credentials' },
)

/** The `auth:` of a validator: where its credentials come from. */
export type AuthSettings = InlineCredentials | SecretName

/** Credentials in the configuration itself; environment references are already resolved. */
export interface InlineCredentials {
  readonly kind: 'inline'
  readonly username: string
  readonly password: Secret
  /** The host, with its port, that they are for. Default: the host of the validator. */
  readonly registry?: string
}

/** `<secrets-dir>/<secretName>/secret.yaml` or, where that is missing, `.dockerconfigjson`. */
export interface SecretName {
  readonly kind: 'secret'
  readonly secretName: string
}

/** Receives what is wrong with the value at a path inside the section; no value is ever shown. */
export type AuthReport = (path: readonly string[], message: string, fix: string) => void

/** A section in which anything may be missing or misshapen: the schema's findings cover that. */
type Draft = { readonly [K in keyof Static<typeof AuthSection>]?: unknown }

/** A folder of Kubernetes, and nothing that leads out of it. */
const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/

/**
 * Parses a section as far as it is well-shaped. Undefined if anything is wrong: it has been reported,
 * or the schema finds it. Inline values may refer to variables of the environment.
 */
export function parseAuth(
  section: Draft,
  environment: Environment,
  report: AuthReport,
): AuthSettings | undefined {
  const { secretName, ...inline } = section
  const { username, password, registry } = inline
  const hasInline = [username, password, registry].some((each) => each !== undefined)
  if (secretName !== undefined && hasInline) {
    report([], '"auth" names a secret and holds credentials too.', 'Remove one of them.')
    return undefined
  }
  if (hasInline) return parseInline(inline, environment, report)
  if (Object.keys(section).length === 0) {
    report([], '"auth" is empty.', 'Write secretName: NAME below it, or username and password.')
  }
  return parseName(secretName, report)
}

function parseName(secretName: unknown, report: AuthReport): SecretName | undefined {
  if (typeof secretName !== 'string' || secretName === '') return undefined
  if (SECRET_NAME.test(secretName)) return { kind: 'secret', secretName }
  report(
    ['secretName'],
    '"secretName" is no plain name.',
    'Write the name of a folder below the secrets folder, of letters, digits, ".", "-" and "_".',
  )
  return undefined
}

function parseInline(
  inline: Omit<Draft, 'secretName'>,
  environment: Environment,
  report: AuthReport,
): InlineCredentials | undefined {
  const read = (key: keyof typeof inline): string | undefined => {
    const text = inline[key]
    if (typeof text !== 'string' || text === '') return undefined
    try {
      return expandVariables(text, environment)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      report([key], `"${key}" cannot be filled in: ${error.message}.`, EXPAND_FIX)
      return undefined
    }
  }
  for (const key of ['username', 'password'] as const) {
    if (inline[key] === undefined) {
      report([], `"auth" has no ${key}.`, 'Write username and password below it, or secretName.')
    }
  }
  const [username, password, registry] = [read('username'), read('password'), read('registry')]
  if (username === undefined || password === undefined) return undefined
  const credentials = { kind: 'inline', username, password: new Secret(password) } as const
  if (inline.registry === undefined) return credentials
  return registry === undefined ? undefined : { ...credentials, registry }
}

const EXPAND_FIX = 'Set the variable where the program is started, or write "$${" for a plain "${".'
