/** A mapping of the file whose members may still be anything. */
export type Section = Readonly<Record<string, unknown>>

/** Tells a mapping from a list, a scalar and nothing. */
export function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads a mapping; anything else counts as an empty one: the schema's findings cover that. */
export function toSection(value: unknown): Section {
  return isSection(value) ? value : {}
}

/** Reads a list of mappings, as leniently as `toSection`. */
export function toSections(value: unknown): readonly Section[] {
  return Array.isArray(value) ? value.map(toSection) : []
}
