import { describe, expect, test } from 'bun:test'
import { canBothMatch } from '../../src/policy/intersect.ts'
import { parsePattern } from '../../src/policy/pattern.ts'
import { findTies } from '../../src/policy/ties.ts'

function tiesOf(...patterns: readonly string[]): readonly (readonly string[])[] {
  const rules = patterns.map((text) => ({ pattern: parsePattern(text) }))
  return findTies(rules).map((pair) => pair.map(({ pattern }) => pattern.written))
}

describe('two rules tie where an image exists that nothing tells them apart for', () => {
  test.each([
    ['nginx:*', 'docker.io/library/nginx:*'],
    ['docker.io/app', 'index.docker.io/library/app'],
    ['r.io/app:*', 'r.io:443/app:*'],
    ['*:*', '*:*'],
    ['r.io/app?:*', 'r.io/app*:*'],
    ['*.a.example/*:*', '*.?.example/*:*'],
    ['r.io/*a:*', 'r.io/*?:*'],
    ['r.io/a*b:*', 'r.io/a?b:*'],
    ['r.io/app:1*', 'r.io/app:1?'],
    ['r.io/app:1@sha256:*', 'r.io/app:1@sha256:?'],
    ['r.io/a*:*', 'r.io/a*@*'],
  ])('%s and %s', (a, b) => {
    expect(tiesOf(a, b)).toEqual([[a, b]])
  })
})

describe('two rules do not tie', () => {
  test.each([
    ['that share no image', 'r.io/team-a*:*', 'r.io/team-b*:*'],
    ['that end otherwise', 'r.io/*-prod:*', 'r.io/*-test:*'],
    ['that end otherwise and leave the tag open', 'r.io/*-prod', 'r.io/*-test'],
    ['whose tags differ', 'r.io/*:1*', 'r.io/*:2*'],
    ['whose digests differ', 'r.io/*@sha256:1*', 'r.io/*@sha256:2*'],
    ['that only a run over `/` would bring together', '*/team-a/*:*', '*/team-b/*:*'],
    ['with more components in one', 'r.io/*:*', 'r.io/*/*:*'],
    ['with a longer prefix in one', 'r.io/ap*:*', 'r.io/a*p:*'],
    ['with a longer component in one', 'r.io/*p:*', 'r.io/*:*'],
    ['with a tag in one alone', 'r.io/app', 'r.io/app:*'],
    ['with wildcards that never meet', 'r.io/*aab:*', 'r.io/*a?c:*'],
  ])('%s', (_, a, b) => {
    expect(tiesOf(a, b)).toEqual([])
    expect(tiesOf(b, a)).toEqual([])
  })
})

test('each rule is named with the first one that it ties with, however many there are', () => {
  expect(tiesOf('nginx', 'r.io/app', 'library/nginx', 'docker.io/nginx', '*.a.b/c')).toEqual([
    ['nginx', 'library/nginx'],
    ['nginx', 'docker.io/nginx'],
  ])
})

test('among rules that end differently, those that may meet are still compared', () => {
  expect(tiesOf('r.io/*-a:*', 'r.io/*-b:*', 'r.io/*?b:*', 'r.io/*-c:*')).toEqual([
    ['r.io/*-b:*', 'r.io/*?b:*'],
  ])
})

describe('two wildcard texts', () => {
  test.each([
    ['', '', true],
    ['', '*', true],
    ['', '?', false],
    ['a', 'a*', true],
    ['*a', 'b*', true],
    ['a*b', '*c*', true],
    ['a?c', '?b?', true],
    ['*a*', '???', true],
    ['a*a', 'a', false],
    ['*ab', '*b?', false],
    ['?*', '*', true],
    ['**', '?', true],
  ])('%p and %p have a text in common: %p', (a, b, expected) => {
    expect(canBothMatch(a, b)).toBe(expected)
    expect(canBothMatch(b, a)).toBe(expected)
  })

  test('made for backtracking get an answer', () => {
    expect(canBothMatch(`${'*a'.repeat(250)}b*`, `${'*?a'.repeat(170)}*c`)).toBe(true)
    expect(canBothMatch(`${'*a'.repeat(250)}*`, 'b'.repeat(500))).toBe(false)
  })
})
