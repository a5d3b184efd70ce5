/** A value inside an object of the request, and the way to it. */
export interface Place {
  readonly value: unknown
  readonly keys: readonly (string | number)[]
}

/**
 * Goes to a member of a place that holds an object. Only own members count: what an object inherits
 * was never sent.
 *
 * @throws SyntaxError if the place holds no object
 */
export function memberOf(place: Place, key: string): Place {
  const { value, keys } = place
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError(`${renderPlace(place)} ${describe(value)}, it must be an object`)
  }
  const own = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
  return { value: own, keys: [...keys, key] }
}

/**
 * Lists the places in a list; an absent list and a null one are empty, as for the API server.
 *
 * @throws SyntaxError if the place holds anything else
 */
export function itemsOf(place: Place): readonly Place[] {
  const { value, keys } = place
  if (value === undefined || value === null) {
    return []
  }
  if (!Array.isArray(value)) {
    throw new SyntaxError(`${renderPlace(place)} ${describe(value)}, it must be a list`)
  }
  return value.map((item: unknown, index) => ({ value: item, keys: [...keys, index] }))
}

/** Reads a text that must be there. @throws SyntaxError if it is not */
export function textOf(place: Place): string {
  const { value } = place
  if (typeof value !== 'string') {
    throw new SyntaxError(`${renderPlace(place)} ${describe(value)}, it must be a text`)
  }
  if (value === '') {
    throw new SyntaxError(`${renderPlace(place)} is empty`)
  }
  return value
}

/** Renders a place for people: `spec.template.spec.containers[1].image`. */
export function renderPlace(place: Place): string {
  const path = place.keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return path === '' ? 'the object' : path.slice(1)
}

/** Renders a place as a JSON Pointer (RFC 6901, section 3). */
export function renderPointer(place: Place): string {
  return place.keys.map((key) => `/${escapeToken(String(key))}`).join('')
}

function escapeToken(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key
}

function describe(value: unknown): string {
  if (value === undefined) {
    return 'is missing'
  }
  if (value === null) {
    return 'is null'
  }
  return Array.isArray(value) ? 'is a list' : `is of type ${typeof value}`
}
