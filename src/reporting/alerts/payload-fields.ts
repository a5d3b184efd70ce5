import type { Json, JsonObject } from './render.ts'

interface Context {
  /** Fills in variables; nothing where that has been reported. */
  expand(path: readonly string[], text: string): string | undefined
}

/** Parses `payloadFields`, JSON of whatever shape, whose texts may refer to the environment. Undefined if one does so wrongly. */
export function parsePayloadFields(
  fields: unknown,
  context: Context,
): { readonly payloadFields?: JsonObject } | undefined {
  if (fields === undefined) return {}
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined
  let isWhole = true
  const noting: Context = {
    expand(path, text) {
      const expanded = context.expand(path, text)
      isWhole &&= expanded !== undefined
      return expanded
    },
  }
  const payloadFields = copyMembers(fields, ['payloadFields'], noting)
  return isWhole ? { payloadFields } : undefined
}

function copy(value: unknown, path: readonly string[], context: Context): Json {
  if (typeof value === 'string') return context.expand(path, value) ?? ''
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) return copyMembers(value, path, context)
  return value.map((each, index) => copy(each, [...path, String(index)], context))
}

function copyMembers(members: object, path: readonly string[], context: Context): JsonObject {
  const object: Record<string, Json> = Object.create(null)
  for (const [key, value] of Object.entries(members)) {
    object[key] = copy(value, [...path, key], context)
  }
  return object
}
