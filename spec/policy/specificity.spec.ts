import { describe, expect, test } from 'bun:test'
import { parseReference } from '../../src/image/reference.ts'
import { compilePolicy } from '../../src/policy/match.ts'
import { parsePattern } from '../../src/policy/pattern.ts'

function policyOf(patterns: readonly string[]) {
  return compilePolicy(patterns.map((text) => ({ pattern: parsePattern(text) })))
}

/** The pattern that decides, whatever the order in which the rules are written. */
function winner(image: string, ...patterns: readonly string[]): string {
  const results = [patterns, patterns.toReversed()].map((order) => {
    const match = policyOf(order).match(parseReference(image))
    return match.kind === 'rule' ? match.rule.pattern.written : match.kind
  })
  expect(results[1]).toBe(results[0] ?? '')
  return results[0] ?? ''
}

describe('step 1: a rule must match', () => {
  test('no rule decides where none matches', () => {
    expect(winner('r.io/app:1', 'r.io/other:*', 'evil.io/*')).toBe('none')
    expect(policyOf([]).match(parseReference('nginx'))).toEqual({ kind: 'none' })
  })
})

describe('step 2: more components win', () => {
  test('over a longer prefix in the pattern of fewer', () => {
    expect(winner('r.io/team/app:1', 'r.io/team*', '*/*/*:*')).toBe('*/*/*:*')
  })

  test('counted on the completed pattern', () => {
    expect(winner('nginx:1', 'nginx:*', 'docker.io/*:*')).toBe('nginx:*')
  })
})

describe('step 3: then the longer common prefix with the component of the image wins', () => {
  test.each([
    ['r.io/*:*', '*/app:1'],
    ['r.io/app:*', 'r.io/ap*:1'],
    ['r.io/app:1', 'r.io/app:?'],
    ['r.io/app:1', 'r.io/app*:1'],
    ['r.i*/*:*', 'r*o/*:*'],
  ])('%s before %s', (first, second) => {
    expect(winner('r.io/app:1', first, second)).toBe(first)
  })

  test('component by component from the left, before any length', () => {
    expect(winner('r.io/team/app:1', 'r.io/t*/*:*', 'r.io/*eam/app:1')).toBe('r.io/t*/*:*')
  })

  test('compared with the component of the image at that place, though a run spans several', () => {
    expect(winner('r.io/a/b/c:1', 'r.io/*/c:*', 'r.io/a/*:1')).toBe('r.io/a/*:1')
    expect(winner('r.io/a/b/b:1', 'r.io/*/b:*', 'r.io/*/*:*')).toBe('r.io/*/b:*')
  })
})

describe('step 4: then the longer component wins', () => {
  test.each([
    ['r.io/*app:*', 'r.io/*:*'],
    ['*r.io/*:*', '*/*pp:1'],
    ['r.io/a??:*', 'r.io/a*:*'],
  ])('%s before %s', (first, second) => {
    expect(winner('r.io/app:1', first, second)).toBe(first)
  })

  test('component by component from the left', () => {
    expect(winner('r.io/team/app:1', 'r.io/*am/*:*', 'r.io/*/*pp:*')).toBe('r.io/*am/*:*')
  })
})

describe('step 5: a full tie is reported, never guessed', () => {
  test('also where only a run that spans `/` makes both match', () => {
    const policy = policyOf(['*/a/*:*', '*/b/*:*'])
    const match = policy.match(parseReference('r.io/x/a/b/app:1'))
    expect(match.kind === 'tie' && match.rules.map(({ pattern }) => pattern.written)).toEqual([
      '*/a/*:*',
      '*/b/*:*',
    ])
    expect(policy.match(parseReference('r.io/a/app:1')).kind).toBe('rule')
  })

  test('but not where a more specific rule decides over both', () => {
    expect(winner('r.io/x/a/b/app:1', '*/a/*:*', '*/b/*:*', 'r.io/x/*:*')).toBe('r.io/x/*:*')
  })
})

test('matching rules are listed from the most specific on, equals as they were written', () => {
  const patterns = ['*:*', '*/b/*:*', 'r.io/*:*', '*/a/*:*', 'r.io/x/a/b/app:1', 'r.io/other']
  const rules = policyOf(patterns).matching(parseReference('r.io/x/a/b/app:1'))
  expect(rules.map(({ pattern }) => pattern.written)).toEqual([
    'r.io/x/a/b/app:1',
    '*/b/*:*',
    '*/a/*:*',
    'r.io/*:*',
    '*:*',
  ])
})
