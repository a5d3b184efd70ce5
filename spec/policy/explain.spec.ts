import { expect, test } from 'bun:test'
import { parseReference } from '../../src/image/reference.ts'
import { explainRanking } from '../../src/policy/explain.ts'
import { compilePolicy } from '../../src/policy/match.ts'
import { parsePattern } from '../../src/policy/pattern.ts'

const explain = (image: string, ...patterns: readonly string[]) => {
  const policy = compilePolicy(patterns.map((pattern) => ({ pattern: parsePattern(pattern) })))
  const reference = parseReference(image)
  return explainRanking(policy.matching(reference), reference)
}

test('a rule that wins says of each other rule that matches why it lost', () => {
  const image = 'registry.example/team/app:1'
  expect(
    explain(
      image,
      '*:*',
      'registry.example/team/*:*',
      'registry.example/te*/*:*',
      'registry.example/*/app:*',
      'other.example/*:*',
    ),
  ).toEqual([
    { pattern: 'registry.example/te*/*:*', why: 'its te* has less in common with team than team' },
    { pattern: 'registry.example/*/app:*', why: 'its * has less in common with team than team' },
    { pattern: '*:*', why: 'it has fewer components (1 against 3)' },
  ])
})

test('a longer component beats a shorter one with as much in common', () => {
  expect(explain('r.example/app:1', 'r.example/a*:*', 'r.example/a*p:*')).toEqual([
    { pattern: 'r.example/a*:*', why: 'its a*:* is shorter than a*p:*' },
  ])
})

test('a tie is called one', () => {
  expect(explain('r.example/app:1', 'r.example/a?p:*', 'r.example/a*p:*')).toEqual([
    { pattern: 'r.example/a*p:*', why: 'it is as specific: a tie' },
  ])
})

test('nothing is said where nothing lost', () => {
  expect(explain('r.example/app:1', '*:*')).toEqual([])
  expect(explain('r.example/app:1', 'x.example/*:*')).toEqual([])
})
