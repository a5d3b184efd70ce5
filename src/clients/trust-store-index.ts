import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'

/** More roots and roles than any repository has; a longer list is not read. */
const MAX_ROOTS = 256
const MAX_ROLES = 1000

/** The longest that 256 roots and 1000 roles with names of 255 characters make, in bytes, and more. */
export const MAX_INDEX_BYTES = 1024 * 1024

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })

const closed = { additionalProperties: false }

const IndexSchema = Type.Object(
  {
    format: Type.Literal(1),
    server: Type.String(),
    gun: Type.String(),
    pin: Type.String(),
    /** From the oldest to the newest. */
    roots: Type.Array(Hash, { minItems: 1, maxItems: MAX_ROOTS }),
    roles: Type.Array(
      Type.Object({ role: Type.String({ maxLength: 255 }), sha256: Hash }, closed),
      {
        maxItems: MAX_ROLES,
      },
    ),
  },
  closed,
)

/** What the files of one repository are, by the hex SHA-256 of their bytes. */
export type TrustIndex = Static<typeof IndexSchema>

const MarkerSchema = Type.Object(
  {
    format: Type.Literal(1),
    server: Type.String(),
    gun: Type.String(),
    /** In milliseconds since 1970. */
    forgottenAt: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  },
  closed,
)

/** When a repository was forgotten. */
export type ForgottenMarker = Static<typeof MarkerSchema>

/** Compiled when they are first needed, because compiling would be felt at start. */
let compiledIndex: TypeCheck<typeof IndexSchema> | undefined
let compiledMarker: TypeCheck<typeof MarkerSchema> | undefined

/** Parses an index. Throws a `SyntaxError` that says what is wrong with it. */
export function parseIndex(bytes: Uint8Array): TrustIndex {
  compiledIndex ??= TypeCompiler.Compile(IndexSchema)
  const index = parse(compiledIndex, bytes)
  const names = new Set(index.roles.map(({ role }) => role))
  if (names.size < index.roles.length) throw new SyntaxError('it lists a role twice')
  return index
}

/** Parses the marker of a forgotten repository. Throws a `SyntaxError`. */
export function parseMarker(bytes: Uint8Array): ForgottenMarker {
  compiledMarker ??= TypeCompiler.Compile(MarkerSchema)
  return parse(compiledMarker, bytes)
}

/** Renders an index or a marker, for a person to read too. */
export function renderRecord(record: TrustIndex | ForgottenMarker): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record, undefined, 2)}\n`)
}

/** Says why an index of so many would not be read again; nothing if it would. */
export function describeExcess(roots: number, roles: number): string | undefined {
  if (roots > MAX_ROOTS) return `${roots} roots are more than ${MAX_ROOTS}`
  if (roles > MAX_ROLES) return `${roles} roles are more than ${MAX_ROLES}`
  return undefined
}

function parse<Schema extends TSchema>(check: TypeCheck<Schema>, bytes: Uint8Array) {
  const json: unknown = parseJson(bytes)
  if (check.Check(json)) return json
  const error = check.Errors(json).First()
  throw new SyntaxError(`it is not of its format at ${error?.path || '/'}: ${error?.message}`)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new SyntaxError('it is not JSON', { cause })
  }
}
