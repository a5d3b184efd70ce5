/**
 * Tells whether one text exists that two wildcard patterns both match. Costs the product of the
 * lengths at most, so hostile patterns stay cheap.
 */
export function canBothMatch(a: string, b: string): boolean {
  if (a === b) {
    return true
  }
  const shorter = Math.min(a.length, b.length)
  for (let index = 0; index < shorter; index++) {
    if (a[index] === '*' || b[index] === '*') break
    if (!agree(a[index], b[index])) return false
  }
  for (let index = 1; index <= shorter; index++) {
    if (a.at(-index) === '*' || b.at(-index) === '*') break
    if (!agree(a.at(-index), b.at(-index))) return false
  }
  return intersect(a, b)
}

/** `row[j]` tells whether the rest of `a` from i and the rest of `b` from j have a text in common. */
function intersect(a: string, b: string): boolean {
  let below: readonly boolean[] = []
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = new Array(b.length + 1).fill(false)
    for (let j = b.length; j >= 0; j--) {
      row[j] = meet(a[i], b[j], below[j], row[j + 1], below[j + 1])
    }
    below = row
  }
  return below[0] === true
}

function meet(
  a: string | undefined,
  b: string | undefined,
  skipA: boolean | undefined,
  skipB: boolean | undefined,
  skipBoth: boolean | undefined,
): boolean {
  if (a === undefined && b === undefined) {
    return true
  }
  if (a === '*' || b === '*') {
    return skipA === true || skipB === true
  }
  return agree(a, b) && skipBoth === true
}

function agree(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && (a === b || a === '?' || b === '?')
}
