import type { Json, JsonObject } from './render.ts'

/** Lays one value over another: objects member by member, everything else replaces what was there. */
export function mergeDeep(below: Json, above: Json): Json {
  if (!isObject(below) || !isObject(above)) return above
  const merged: Record<string, Json> = Object.create(null)
  for (const [name, value] of Object.entries(below)) merged[name] = value
  for (const [name, value] of Object.entries(above)) {
    merged[name] = name in merged ? mergeDeep(merged[name] ?? null, value) : value
  }
  return merged
}

/** Tells an object from a list and everything else. */
export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
