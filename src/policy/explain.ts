import type { Reference } from '../image/reference.ts'
import type { Pattern } from './pattern.ts'
import { findPrecedence } from './specificity.ts'
import { componentsOf } from './subject.ts'

/** A rule that matches as well, and why it does not decide. */
export interface BeatenRule {
  readonly pattern: string
  readonly why: string
}

/**
 * Says of each rule that lost against the first one why it lost.
 *
 * @param ranked - the rules that match the image, as `Policy.matching` lists them
 */
export function explainRanking(
  ranked: readonly { readonly pattern: Pattern }[],
  reference: Reference,
): readonly BeatenRule[] {
  const image = componentsOf(reference)
  const [best, ...others] = ranked.map(({ pattern }) => pattern)
  if (best === undefined) return []
  return others.map((other) => ({
    pattern: other.written,
    why: explainPrecedence(best, other, image),
  }))
}

function explainPrecedence(best: Pattern, other: Pattern, image: readonly string[]): string {
  const { difference, by, index } = findPrecedence(best, other, image)
  if (difference === 0) return 'it is as specific: a tie'
  const [winner, loser] = [best.components[index], other.components[index]]
  switch (by) {
    case 'components':
      return `it has fewer components (${other.components.length} against ${best.components.length})`
    case 'prefix':
      return `its ${loser} has less in common with ${image[index]} than ${winner}`
    case 'length':
      return `its ${loser} is shorter than ${winner}`
  }
}
