import type { Pattern } from './pattern.ts'

/**
 * Orders two patterns that match one image, the more specific first: more components, then component
 * by component from the left the longer common prefix with the image's component, then likewise the
 * longer component. Zero means that nothing decides.
 *
 * @param image - the image text, split at `/`
 */
export function compareSpecificity(a: Pattern, b: Pattern, image: readonly string[]): number {
  if (a.components.length !== b.components.length) {
    return b.components.length - a.components.length
  }
  for (const [index, component] of a.components.entries()) {
    const text = image[index] ?? ''
    const other = b.components[index] ?? ''
    const difference = commonPrefixLength(other, text) - commonPrefixLength(component, text)
    if (difference !== 0) {
      return difference
    }
  }
  for (const [index, component] of a.components.entries()) {
    const difference = (b.components[index] ?? '').length - component.length
    if (difference !== 0) {
      return difference
    }
  }
  return 0
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
