import type { Static, TSchema } from '@sinclair/typebox'
import { type StringOptions, Type } from '@sinclair/typebox'
import { TrustError } from '../errors.ts'
import { findMisfit } from '../json-shape.ts'
import { type Json, parseStrictJson } from '../strict-json.ts'

/** Base64 as RFC 4648 section 4 has it, padded. */
export const Base64 = Type.String({
  pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  description: 'base64',
})

/** Base64 of one byte at least. */
export const NonEmptyBase64 = Type.String({
  pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$',
  description: 'base64 that is not empty',
})

/** A member that may be left out or null, as protocol buffers write what is unset. */
export function optional<Schema extends TSchema>(schema: Schema) {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

/** A text of bounded length. */
export function text(options: StringOptions = {}) {
  return Type.String({ maxLength: 4096, ...options })
}

/**
 * Parses strict JSON (no duplicate members, integers only) of a known shape; members that the schema
 * does not name are left alone. Throws `UNTRUSTED_MALFORMED_SIGNATURE`; `name` is for the message.
 */
export function readJson<Schema extends TSchema>(
  schema: Schema,
  name: string,
  bytes: Uint8Array,
): Static<Schema> {
  let json: Json
  try {
    json = parseStrictJson(bytes)
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
