import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseReference, type Reference, renderReference } from '../../src/image/reference.ts'
import { compilePolicy } from '../../src/policy/match.ts'
import { type Pattern, parsePattern } from '../../src/policy/pattern.ts'

interface Rule {
  readonly pattern: Pattern
}

/** The naive oracle: `*` any run, `?` exactly one, by trying everything (each rest once). */
function wildcardMatch(pattern: string, text: string, known = new Map<string, boolean>()): boolean {
  const key = `${pattern} ${text}`
  const answer = known.get(key) ?? tryWildcard(pattern, text, known)
  known.set(key, answer)
  return answer
}

function tryWildcard(pattern: string, text: string, known: Map<string, boolean>): boolean {
  if (pattern === '') return text === ''
  const rest = pattern.slice(1)
  if (pattern[0] === '*') {
    return (
      wildcardMatch(rest, text, known) ||
      (text !== '' && wildcardMatch(pattern, text.slice(1), known))
    )
  }
  const fits = text !== '' && (pattern[0] === '?' || pattern[0] === text[0])
  return fits && wildcardMatch(rest, text.slice(1), known)
}

/** Step 1: what a pattern leaves out matches anything, and an image without tag has the empty one. */
function naiveMatch(pattern: string, image: Reference): boolean {
  const [tagged = '', digest] = pattern.slice(pattern.lastIndexOf('/') + 1).split('@')
  const hasTag = tagged.includes(':')
  const name = `${image.registry}/${image.repository}`
  if (!hasTag && digest === undefined) return wildcardMatch(pattern, name)
  const written = image.tag === undefined ? name : `${name}:${image.tag}`
  const other = hasTag ? `${name}:${image.tag ?? ''}` : name
  return [written, ...(image.digest === undefined ? [] : [other])].some(
    (text) =>
      wildcardMatch(pattern, image.digest === undefined ? text : `${text}@${image.digest}`) ||
      (digest === undefined && wildcardMatch(pattern, text)),
  )
}

function prefixLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

/** Steps 2 to 4 as a list of numbers, of which the greater first number wins. */
function rank(pattern: string, image: string): readonly number[] {
  const components = pattern.split('/')
  const others = image.split('/')
  return [
    components.length,
    ...components.map((component, index) => prefixLength(component, others[index] ?? '')),
    ...components.map((component) => component.length),
  ]
}

function isGreater(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index])
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0)
}

function naiveWinners(rules: readonly Rule[], image: Reference): readonly Rule[] {
  const text = renderReference(image)
  const matching = rules.filter(({ pattern }) => naiveMatch(pattern.completed, image))
  const ranked = matching.map((rule) => ({ rule, rank: rank(rule.pattern.completed, text) }))
  return ranked
    .filter((one) => !ranked.some((other) => isGreater(other.rank, one.rank)))
    .map(({ rule }) => rule)
}

const image = fc
  .tuple(
    fc.constantFrom('a.b', 'a:5', 'b.a:5'),
    fc.array(fc.stringMatching(/^[ab]{1,2}$/), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', ':a', ':ab', ':a.b'),
    fc.constantFrom('', `@sha256:${'ab'.repeat(32)}`),
  )
  .map(([registry, path, tag, digest]) =>
    parseReference(`${registry}/${path.join('/')}${tag}${digest}`),
  )

const piece = fc.constantFrom('a', 'b', '*', '?', 'a*', 'b*', '*a', '*b', 'a?', '?b', '*?', '?*b')
const rule = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('a.b', 'a:5', 'a:?', '*', '?.*', '*:*', 'b*'),
      piece.map((text) => `*${text}`),
    ),
    fc.array(piece, { maxLength: 3 }),
    fc.oneof(
      fc.constantFrom('', '', ':*', ':*'),
      piece.map((text) => `:${text}`),
    ),
    fc.constantFrom('', '', '', '@*', '@sha256:*', '@sha256:?b*'),
  )
  .map(([registry, path, tag, digest]) => ({
    pattern: parsePattern(`${[registry, ...path].join('/')}${tag}${digest}`),
  }))
const rules = fc
  .tuple(fc.array(rule, { minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([all, isTwice]) => (isTwice ? [...all, ...all.map(({ pattern }) => ({ pattern }))] : all))

test('the rule that decides is the one that the text of the documentation names', () => {
  const seen = { rule: 0, none: 0, tie: 0 }
  fc.assert(
    fc.property(rules, fc.array(image, { minLength: 1, maxLength: 8 }), (all, images) => {
      const policy = compilePolicy(all)
      for (const one of images) {
        const winners = naiveWinners(all, one)
        const match = policy.match(one)
        seen[match.kind]++
        expect(match.kind).toBe(
          winners.length === 0 ? 'none' : winners.length === 1 ? 'rule' : 'tie',
        )
        const chosen =
          match.kind === 'rule' ? [match.rule] : match.kind === 'tie' ? match.rules : []
        expect(chosen.every((candidate) => winners.includes(candidate))).toBe(true)
        expect(new Set(chosen).size).toBe(chosen.length)
      }
    }),
    { numRuns: 400 },
  )
  expect(Math.min(seen.rule, seen.none, seen.tie)).toBeGreaterThan(10)
})

test('all matching rules are listed, each once', () => {
  fc.assert(
    fc.property(rules, image, (all, one) => {
      const expected = all.filter(({ pattern }) => naiveMatch(pattern.completed, one))
      const actual = compilePolicy(all).matching(one)
      expect(new Set(actual)).toEqual(new Set(expected))
      expect(actual).toHaveLength(expected.length)
    }),
    { numRuns: 200 },
  )
})
