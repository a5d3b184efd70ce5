import type { Json, JsonObject } from './strict-json.ts'

/**
 * Encodes a value as the bytes that Notary signs: no white space, members sorted by the UTF-8
 * bytes of their names, only `"` and `\` escaped, integers only (OLPC Canonical JSON, as
 * github.com/docker/go/canonical/json writes it).
 */
export function canonicalJson(value: Json): Buffer {
  return Buffer.from(encode(value), 'utf8')
}

function encode(value: Json): string {
  if (typeof value === 'string') return quote(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return encodeInteger(value)
  if (isArray(value)) return `[${value.map(encode).join(',')}]`
  return encodeObject(value)
}

function encodeInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new SyntaxError(`number ${value} is not a safe integer`)
  return String(value)
}

function encodeObject(object: JsonObject): string {
  const members = sortedNames(object).map(
    (name) => `${quote(name)}:${encode(object[name] ?? null)}`,
  )
  return `{${members.join(',')}}`
}

/** JavaScript sorts by UTF-16 units, which differs from UTF-8 order only where surrogates occur. */
function sortedNames(object: JsonObject): readonly string[] {
  const names = Object.keys(object)
  if (!names.some((name) => /[\ud800-\udfff]/.test(name))) return names.sort()
  return names
    .map((name) => Buffer.from(name, 'utf8'))
    .sort(Buffer.compare)
    .map((name) => name.toString('utf8'))
}

function quote(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
