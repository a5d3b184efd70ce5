import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { quote } from '../../text/quote.ts'
import { canonicalJson } from '../canonical-json.ts'
import { TrustError } from '../errors.ts'
import { findMisfit } from '../json-shape.ts'
import { type Json, type JsonObject, parseStrictJson } from '../strict-json.ts'
import { findFoldedMember } from './folded-members.ts'

/** More signatures, or keys of one role, than any repository has; bounds the work per file. */
const MAX_SIGNATURES = 64

/** TypeBox's own pattern for any name does not match line breaks: such members would go unchecked. */
const AnyName = Type.String({ pattern: '^[^]*$' })
const BASE64 = {
  pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  description: 'base64',
}
const Base64 = Type.String(BASE64)
/** A certificate with its issuers takes a few KiB. */
const MAX_KEY_CHARACTERS = 64 * 1024
const KeyBase64 = Type.String({
  ...BASE64,
  maxLength: MAX_KEY_CHARACTERS,
  description: `base64 of at most ${MAX_KEY_CHARACTERS} characters`,
})
const Version = Type.Integer({ minimum: 1 })
const Expires = Type.String({ maxLength: 40 })

/** What Go writes for an empty list or map may also be null. */
function orNull<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

const KeySchema = Type.Object({
  keytype: Type.String(),
  keyval: Type.Object({ private: Type.Optional(Type.Null()), public: KeyBase64 }),
})

const RoleSchema = Type.Object({
  keyids: orNull(Type.Array(Type.String(), { maxItems: MAX_SIGNATURES })),
  threshold: Type.Integer({ minimum: 1 }),
})

/** A role of a root that nobody asks for; the notary client refuses what it cannot read as one. */
const OtherRoleSchema = Type.Object({
  keyids: Type.Optional(RoleSchema.properties.keyids),
  threshold: Type.Optional(Type.Integer()),
})

const FileSchema = Type.Object({
  hashes: Type.Object(
    { sha256: Base64, sha512: Type.Optional(Base64) },
    { additionalProperties: orNull(Base64) },
  ),
  length: Type.Integer({ minimum: 0 }),
})

const SIGNED = {
  root: Type.Object({
    _type: Type.Literal('Root'),
    /** Nothing hangs on it here, but the notary client refuses what is no boolean. */
    consistent_snapshot: Type.Optional(orNull(Type.Boolean())),
    expires: Expires,
    keys: Type.Record(AnyName, KeySchema),
    roles: Type.Object(
      { root: RoleSchema, snapshot: RoleSchema, targets: RoleSchema, timestamp: RoleSchema },
      { additionalProperties: OtherRoleSchema },
    ),
    version: Version,
  }),
  timestamp: Type.Object({
    _type: Type.Literal('Timestamp'),
    expires: Expires,
    meta: Type.Object({ snapshot: FileSchema }, { additionalProperties: FileSchema }),
    version: Version,
  }),
  snapshot: Type.Object({
    _type: Type.Literal('Snapshot'),
    expires: Expires,
    meta: Type.Record(AnyName, FileSchema),
    version: Version,
  }),
  targets: Type.Object({
    _type: Type.Literal('Targets'),
    expires: Expires,
    targets: Type.Record(AnyName, FileSchema),
    delegations: Type.Optional(
      Type.Object({
        keys: orNull(Type.Record(AnyName, KeySchema)),
        roles: orNull(
          Type.Array(
            Type.Composite([
              RoleSchema,
              Type.Object({
                name: Type.String(),
                paths: Type.Optional(orNull(Type.Array(Type.String()))),
              }),
            ]),
          ),
        ),
      }),
    ),
    version: Version,
  }),
} as const

const EnvelopeSchema = Type.Object({
  signed: Type.Object({}),
  signatures: Type.Array(
    Type.Object({ keyid: Type.String(), method: Type.String(), sig: Base64 }),
    { maxItems: MAX_SIGNATURES },
  ),
})

type Signed = { readonly [Kind in keyof typeof SIGNED]: Static<(typeof SIGNED)[Kind]> }

/** The four kinds of metadata; a delegation is of kind `targets`. */
export type MetadataKind = keyof Signed

/** A key as metadata lists it. */
export type MetadataKey = Static<typeof KeySchema>

/** The key ids and the threshold of a role, as metadata lists them. */
export type RoleKeys = Static<typeof RoleSchema>

/** The length and hashes that metadata promises of a file or target. */
export type FileDescription = Static<typeof FileSchema>

/** One signature of an envelope; `sig` is base64. */
export type MetadataSignature = Static<typeof EnvelopeSchema>['signatures'][number]

/** A metadata file that has the right shape; nothing of it is verified. */
export interface Metadata<Kind extends MetadataKind = MetadataKind> {
  readonly signed: Signed[Kind]
  readonly signatures: readonly MetadataSignature[]
  /** The bytes that the signatures are over. */
  readonly signedBytes: Uint8Array
  /** The file as it was served, which hashes and lengths are over. */
  readonly raw: Uint8Array
}

/**
 * Parses a metadata file of a Notary server and checks its shape. `name` is for messages. Throws
 * `UNTRUSTED_MALFORMED_METADATA`.
 */
export function parseMetadata<Kind extends MetadataKind>(
  kind: Kind,
  name: string,
  bytes: Uint8Array,
): Metadata<Kind> {
  const json = parseJson(name, bytes)
  check(EnvelopeSchema, name, json)
  const { signed, signatures } = json as unknown as Static<typeof EnvelopeSchema>
  check(SIGNED[kind], name, signed as Json)
  return {
    signed: signed as Signed[Kind],
    signatures,
    signedBytes: canonicalJson(signed as JsonObject),
    raw: bytes,
  }
}

function parseJson(name: string, bytes: Uint8Array): Json {
  try {
    return parseStrictJson(bytes)
  } catch (cause) {
    throw malformed(name, cause instanceof Error ? cause.message : 'not JSON', cause)
  }
}

function check(schema: TSchema, name: string, json: Json): void {
  const misfit = findMisfit(schema, json)
  if (misfit !== undefined) throw malformed(name, misfit)
  const folded = findFoldedMember(schema, json)
  if (folded !== undefined) throw malformed(name, `member ${quote(folded)} in another letter case`)
}

function malformed(name: string, what: string, cause?: unknown): TrustError {
  return new TrustError('UNTRUSTED_MALFORMED_METADATA', `malformed ${name} metadata: ${what}`, {
    cause,
  })
}
