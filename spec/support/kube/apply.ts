import { type Fields, toFields } from './store.ts'

/** Who applied which fields: paths such as `spec/replicas`, with lists as one field. */
export type Ownership = ReadonlyMap<string, ReadonlySet<string>>

/** What comes of an apply: the object, or the fields that others own. */
export type Applied =
  | { readonly object: Fields; readonly owners: Ownership }
  | { readonly conflicts: readonly string[] }

/**
 * Server-side apply without schemas: mappings are merged, lists replaced. Fields that a manager
 * applied and no longer names go, those of others stay.
 */
export function applyFields(
  before: Fields,
  owners: Ownership,
  wanted: Fields,
  { manager, force }: { readonly manager: string; readonly force: boolean },
): Applied {
  const leaves = new Map(leavesOf(wanted, []))
  const others = [...owners].filter(([name]) => name !== manager)
  const conflicts = [...leaves].flatMap(([path, value]) => {
    const isSame = JSON.stringify(readPath(before, path)) === JSON.stringify(value)
    return !isSame && others.some(([, paths]) => paths.has(path)) ? [path] : []
  })
  if (conflicts.length > 0 && !force) return { conflicts }
  let object = before
  for (const path of owners.get(manager) ?? []) {
    if (!leaves.has(path) && !others.some(([, paths]) => paths.has(path))) {
      object = writePath(object, path.split('/'), undefined)
    }
  }
  for (const [path, value] of leaves) object = writePath(object, path.split('/'), value)
  const kept = others.map(([name, paths]) => [name, without(paths, conflicts)] as const)
  return { object, owners: new Map([...kept, [manager, new Set(leaves.keys())]]) }
}

function* leavesOf(value: Fields, way: readonly string[]): Generator<[string, unknown]> {
  for (const [key, member] of Object.entries(value)) {
    const path = [...way, key.replaceAll('/', '~1')]
    const isMapping = typeof member === 'object' && member !== null && !Array.isArray(member)
    if (isMapping) yield* leavesOf(toFields(member), path)
    else yield [path.join('/'), member]
  }
}

function readPath(value: unknown, path: string): unknown {
  return path
    .split('/')
    .reduce((at: unknown, key) => toFields(at)[key.replaceAll('~1', '/')], value)
}

function writePath(
  fields: Fields,
  [head = '', ...rest]: readonly string[],
  value: unknown,
): Fields {
  const key = head.replaceAll('~1', '/')
  const member = rest.length === 0 ? value : writePath(toFields(fields[key]), rest, value)
  const { [key]: _, ...others } = fields
  return member === undefined ? others : { ...others, [key]: member }
}

function without(paths: ReadonlySet<string>, gone: readonly string[]): ReadonlySet<string> {
  return new Set([...paths].filter((path) => !gone.includes(path)))
}
