import type { TSchema } from '@sinclair/typebox'
import type { Json, JsonObject } from '../strict-json.ts'

/**
 * Finds a member that a parser which ignores letter case, such as Go's, would take for one of the
 * schema's: `{"signed": good, "Signed": evil}` must not mean different things to two clients. The
 * names of a record (tags, key ids) are data and keep their case.
 */
export function findFoldedMember(schema: TSchema, json: Json | undefined): string | undefined {
  if (json === null || typeof json !== 'object') return undefined
  if (schema['anyOf'] !== undefined) return findFoldedMember(schema['anyOf'][0], json)
  if (isArray(json)) return firstDefined(json, (item) => findFoldedMember(schema['items'], item))
  const members: Record<string, TSchema> | undefined = schema['properties']
  if (members !== undefined) return findInObject(members, json)
  const [member] = Object.values<TSchema>(schema['patternProperties'] ?? {})
  if (member === undefined) return undefined
  return firstDefined(Object.values(json), (value) => findFoldedMember(member, value))
}

function findInObject(
  members: Readonly<Record<string, TSchema>>,
  object: JsonObject,
): string | undefined {
  const names = Object.keys(members)
  const extra = Object.keys(object).filter((name) => !Object.hasOwn(members, name))
  const folded = extra.find((name) => names.some((known) => fold(known) === fold(name)))
  if (folded !== undefined) return folded
  return firstDefined(Object.entries(members), ([name, schema]) =>
    findFoldedMember(schema, object[name]),
  )
}

/** Upper before lower case, because Go also folds `ſ` to `s` and the Kelvin sign to `k`. */
function fold(name: string): string {
  return name.toUpperCase().toLowerCase()
}

function firstDefined<Item>(
  items: readonly Item[],
  find: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json)
}
