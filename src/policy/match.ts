import type { Reference } from '../image/reference.ts'
import type { Pattern } from './pattern.ts'
import { compareSpecificity } from './specificity.ts'
import { componentsOf } from './subject.ts'
import { buildTrie, collectMatches } from './trie.ts'

/** What a policy says of an image. */
export type Match<R> =
  | { readonly kind: 'rule'; readonly rule: R }
  | { readonly kind: 'none' }
  | { readonly kind: 'tie'; readonly rules: readonly [R, R] }

/** Rules ready to be asked. */
export interface Policy<R> {
  /**
   * Finds the one rule that decides. A tie is left only where a `*` spans a separator; findTies sees
   * the others at start. It is reported, never guessed.
   */
  match(reference: Reference): Match<R>
  /** Lists every rule that matches, the most specific first, equals in the order they were written. */
  matching(reference: Reference): readonly R[]
}

/** Compiles rules once, so that ten thousand of them are not felt. */
export function compilePolicy<R extends { readonly pattern: Pattern }>(
  rules: readonly R[],
): Policy<R> {
  const trie = buildTrie(rules)
  const positions = new Map(rules.map((rule, index) => [rule, index]))
  const position = (rule: R) => positions.get(rule) ?? rules.length
  const rank = (reference: Reference, image: readonly string[]) =>
    [...collectMatches(trie, reference)].sort(
      (a, b) => compareSpecificity(a.pattern, b.pattern, image) || position(a) - position(b),
    )
  return {
    match: (reference) => {
      const image = componentsOf(reference)
      const [best, second] = rank(reference, image)
      if (best === undefined) {
        return { kind: 'none' }
      }
      return second !== undefined && compareSpecificity(best.pattern, second.pattern, image) === 0
        ? { kind: 'tie', rules: [best, second] }
        : { kind: 'rule', rule: best }
    },
    matching: (reference) => rank(reference, componentsOf(reference)),
  }
}
