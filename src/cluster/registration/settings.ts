import { type Static, Type } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check } from '@sinclair/typebox/value'
import { parseDocument } from 'yaml'
import { MatchCondition, Selector } from './selector.ts'

const strict = { additionalProperties: false }

/** RFC 1123: what most objects are called. */
const Name = Type.String({ pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$' })

const SettingsSchema = Type.Object(
  {
    webhook: Type.Object(
      {
        name: Name,
        failurePolicy: Type.Union([Type.Literal('Fail'), Type.Literal('Ignore')], {
          default: 'Fail',
        }),
        reinvocationPolicy: Type.Union([Type.Literal('Never'), Type.Literal('IfNeeded')], {
          default: 'Never',
        }),
        timeoutSeconds: Type.Integer({ minimum: 1, maximum: 30 }),
        objectSelector: Type.Optional(Selector),
        namespaceSelector: Type.Optional(Selector),
        matchConditions: Type.Optional(Type.Array(MatchCondition, { maxItems: 64 })),
        excludedNamespaces: Type.Optional(Type.Array(Name, { maxItems: 1000 })),
      },
      strict,
    ),
    service: Type.Object(
      {
        name: Name,
        namespace: Name,
        port: Type.Integer({ minimum: 1, maximum: 65_535 }),
        path: Type.String({ pattern: '^/[A-Za-z0-9/._-]*$' }),
      },
      strict,
    ),
    owner: Type.Object({ clusterRole: Type.String({ minLength: 1, maxLength: 253 }) }, strict),
    certificate: Type.Object({ secretName: Name }, strict),
  },
  strict,
)

/** How the program registers itself as a webhook, as the chart says in `registration.yaml`. */
export type RegistrationSettings = Static<typeof SettingsSchema>

/**
 * Reads `registration.yaml`. Strict, since what is overlooked here is a part of the cluster that
 * nobody guards, or that is blocked. Throws a `SyntaxError` that names the place.
 */
export function parseRegistration(text: string): RegistrationSettings {
  const document = parseDocument(text, { version: '1.2', merge: false })
  const [problem] = document.errors
  if (problem !== undefined) throw new SyntaxError(`it is not YAML: ${problem.message}`)
  const value: unknown = document.toJS({ maxAliasCount: 0 })
  if (Check(SettingsSchema, value)) return value
  const error = Errors(SettingsSchema, value).First()
  const place = error?.path.slice(1).replaceAll('/', '.') || 'the file'
  throw new SyntaxError(`${place}: ${error?.message.toLowerCase() ?? 'it is of another form'}`)
}
