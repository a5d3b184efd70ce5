import { resigned, type Signed } from './mutation.ts'

const VALUES: readonly unknown[] = [null, 0, -1, 2, '', 'x', [], {}, true, [null], { a: 1 }]

/** A member of a mapping or list, which may not be there yet. */
interface Place {
  readonly holder: Signed
  readonly name: string
}

/**
 * Puts a value of any kind in the place of any member, however deep, or beside those of any mapping:
 * who reads only what is needed overlooks what another client trips over.
 */
export const anotherKind = resigned('another kind', (signed, { random }) => {
  const { holder, name } = random.pick(placesOf(signed))
  holder[name] = structuredClone(random.pick(VALUES))
})

function placesOf(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Signed
  const own = Object.keys(holder).map((name) => ({ holder, name }))
  const extra = Array.isArray(value) ? [] : [{ holder, name: 'extra' }]
  return [...own, ...extra, ...Object.values(holder).flatMap(placesOf)]
}
