import type { Pattern } from './pattern.ts'

/** What decides between two patterns, in the order in which it is asked. */
export type Criterion = 'components' | 'prefix' | 'length'

/** How two patterns that match one image compare. */
export interface Precedence {
  /** Below zero if the first pattern is the more specific one; zero if nothing decides. */
  readonly difference: number
  readonly by: Criterion
  /** The component that decides, from 0. */
  readonly index: number
}

/**
 * Orders two patterns that match one image, the more specific first: more components, then component
 * by component from the left the longer common prefix with the image's component, then likewise the
 * longer component. Zero means that nothing decides.
 *
 * @param image - the image text, split at `/`
 */
export function compareSpecificity(a: Pattern, b: Pattern, image: readonly string[]): number {
  return findPrecedence(a, b, image).difference
}

/** As `compareSpecificity`, and tells what decides. */
export function findPrecedence(a: Pattern, b: Pattern, image: readonly string[]): Precedence {
  const components = b.components.length - a.components.length
  if (components !== 0) return { difference: components, by: 'components', index: 0 }
  for (const [index, component] of a.components.entries()) {
    const text = image[index] ?? ''
    const other = b.components[index] ?? ''
    const difference = commonPrefixLength(other, text) - commonPrefixLength(component, text)
    if (difference !== 0) return { difference, by: 'prefix', index }
  }
  for (const [index, component] of a.components.entries()) {
    const difference = (b.components[index] ?? '').length - component.length
    if (difference !== 0) return { difference, by: 'length', index }
  }
  return { difference: 0, by: 'length', index: 0 }
}

/** Compares characters as they stand: no image contains a wildcard, so one ends the prefix. */
function commonPrefixLength(component: string, text: string): number {
  const end = Math.min(component.length, text.length)
  let index = 0
  while (index < end && component.charCodeAt(index) === text.charCodeAt(index)) {
    index++
  }
  return index
}
