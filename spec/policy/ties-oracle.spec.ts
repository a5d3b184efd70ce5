import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseReference } from '../../src/image/reference.ts'
import { canBothMatch } from '../../src/policy/intersect.ts'
import { compilePolicy } from '../../src/policy/match.ts'
import { parsePattern } from '../../src/policy/pattern.ts'
import { findTies } from '../../src/policy/ties.ts'

/** Every text of up to four letters: if two segments of three characters meet, they meet in one. */
const TEXTS = Array.from({ length: 4 }).reduce<readonly string[]>(
  (texts) => ['', ...texts.flatMap((text) => ['a', 'b', 'c'].map((letter) => letter + text))],
  [''],
)

/** Good for short texts alone; the segments here have no other special character. */
function matches(segment: string, text: string): boolean {
  return new RegExp(`^${segment.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text)
}

const segment = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 3 })

test('two wildcard texts meet exactly where a short text proves it', () => {
  fc.assert(
    fc.property(segment, segment, (a, b) => {
      const proof = TEXTS.some((text) => matches(a, text) && matches(b, text))
      expect(canBothMatch(a, b)).toBe(proof)
    }),
    { numRuns: 300 },
  )
})

const name = fc.constantFrom('a', '*', '?', 'a*', 'a?', '*a', '?a', '*?', '?*')
const tag = fc.constantFrom('', ':*', ':*', ':?', ':a*')
const rule = fc.tuple(fc.constantFrom('a.b', 'a.?', '*.b'), name, name, tag).map((parts) => {
  const [registry, first, second, end] = parts
  return { pattern: parsePattern(`${registry}/${first}/${second}${end}`) }
})
const part = fc.stringMatching(/^a{1,4}$/)

test('a tie at an image of as many components was known at start', () => {
  let ties = 0
  fc.assert(
    fc.property(rule, rule, part, part, part, (a, b, first, second, third) => {
      const image = parseReference(`a.b/${first}/${second}:${third}`)
      if (compilePolicy([a, b]).match(image).kind === 'tie') {
        ties++
        expect(findTies([a, b])).toEqual([[a, b]])
      }
    }),
    { numRuns: 10_000 },
  )
  expect(ties).toBeGreaterThan(20)
})
