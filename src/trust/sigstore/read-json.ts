import {
  Kind,
  type Static,
  type StringOptions,
  type TSchema,
  Type,
  TypeRegistry,
} from '@sinclair/typebox'
import { TrustError } from '../errors.ts'
import { findMisfit } from '../json-shape.ts'
import { type Json, parseStrictJson } from '../strict-json.ts'

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const BASE64_KIND = 'Base64'

/**
 * Tells whether a text is base64 as RFC 4648 section 4 has it, padded. An expression that also counts the
 * groups of four takes 0.2 s for a megabyte, valid or not, and a registry may send many.
 */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && BASE64.test(text)
}

TypeRegistry.Set<{ minLength: number }>(
  BASE64_KIND,
  ({ minLength }, value) =>
    typeof value === 'string' && value.length >= minLength && isBase64(value),
)

/** Base64, padded. */
export const Base64 = Type.Unsafe<string>({
  [Kind]: BASE64_KIND,
  minLength: 0,
  description: 'base64',
})

/** Base64 of one byte at least. */
export const NonEmptyBase64 = Type.Unsafe<string>({
  [Kind]: BASE64_KIND,
  minLength: 1,
  description: 'base64 that is not empty',
})

/** More than any bundle, statement or log entry has; bounds what a registry can make us do. */
const MAX_VALUES = 100_000

/** A text of bounded length. */
export function text(options: StringOptions = {}) {
  return Type.String({ maxLength: 4096, ...options })
}

/**
 * Parses strict JSON (no duplicate members, integers only) of a known shape; members that the schema
 * does not name are left alone, members that are null count as left out, as protocol buffers have it.
 * Throws `UNTRUSTED_MALFORMED_SIGNATURE`; `name` is for the message.
 */
export function readJson<Schema extends TSchema>(
  schema: Schema,
  name: string,
  bytes: Uint8Array,
): Static<Schema> {
  let json: Json
  try {
    json = withoutNulls(parseStrictJson(bytes, MAX_VALUES))
  } catch (cause) {
    throw malformed(name, cause instanceof Error ? cause.message : 'not JSON', cause)
  }
  const misfit = findMisfit(schema, json)
  if (misfit !== undefined) throw malformed(name, misfit)
  return json as Static<Schema>
}

/** The error of everything of a signature that breaks its format. */
export function malformed(name: string, what: string, cause?: unknown): TrustError {
  return new TrustError('UNTRUSTED_MALFORMED_SIGNATURE', `malformed ${name}: ${what}`, { cause })
}

/** Leaves out the members that are null: that is how JSON of protocol buffers may write what is unset. */
export function withoutNulls(json: Json): Json {
  if (typeof json !== 'object' || json === null) return json
  if (isList(json)) return json.map(withoutNulls)
  const object: Record<string, Json> = Object.create(null)
  for (const [name, value] of Object.entries(json)) {
    if (value !== null) object[name] = withoutNulls(value)
  }
  return object
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json)
}
