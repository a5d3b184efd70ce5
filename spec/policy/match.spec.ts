import { describe, expect, test } from 'bun:test'
import { parseReference } from '../../src/image/reference.ts'
import { compilePolicy } from '../../src/policy/match.ts'
import { parsePattern } from '../../src/policy/pattern.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`

function policyOf(...patterns: readonly string[]) {
  return compilePolicy(patterns.map((text) => ({ pattern: parsePattern(text) })))
}

function matches(pattern: string, image: string): boolean {
  return policyOf(pattern).match(parseReference(image)).kind === 'rule'
}

describe('hole 1: a pattern matches the whole reference, anchored at both ends', () => {
  test('`evil.example/registry.k8s.io/pause:1` does not match the rule `registry.k8s.io/*:*`', () => {
    expect(matches('registry.k8s.io/*:*', 'evil.example/registry.k8s.io/pause:1')).toBe(false)
    expect(matches('registry.k8s.io/*:*', 'registry.k8s.io/pause:1')).toBe(true)
  })

  test('`registry.k8s.io.evil.example/pause:1` does not match it either', () => {
    expect(matches('registry.k8s.io/*:*', 'registry.k8s.io.evil.example/pause:1')).toBe(false)
  })

  test('`.` is a character and not a wildcard', () => {
    expect(matches('registry.k8s.io/*:*', 'registry-k8s.io/pause:1')).toBe(false)
  })

  test('`EVIL.io/app` does not slip past a rule for `evil.io`', () => {
    expect(matches('evil.io/*', 'EVIL.io/app')).toBe(true)
    expect(matches('EVIL.io/*', 'evil.io/app')).toBe(true)
  })

  test('a pattern for one image does not match a longer name or tag', () => {
    expect(matches('r.io/app', 'r.io/app-evil:1')).toBe(false)
    expect(matches('r.io/app', 'r.io/app/evil:1')).toBe(false)
    expect(matches('r.io/app:1', 'r.io/app:1-evil')).toBe(false)
  })

  test('a pattern without tag is about the name, which a tag cannot imitate', () => {
    expect(matches('r.io/*-prod', 'r.io/evil:1-prod')).toBe(false)
    expect(matches('r.io/*-prod', 'r.io/app-prod:1')).toBe(true)
    expect(matches('*-prod*', 'r.io/evil:1-prod')).toBe(false)
    expect(matches('registry?', 'registry1:5000/app')).toBe(false)
  })
})

describe('wildcards', () => {
  test.each([
    ['*:*', 'nginx', true],
    ['*', `nginx@${DIGEST}`, true],
    ['*:*', `nginx@${DIGEST}`, true],
    ['registry.example*', 'registry.example/a/b:1', true],
    ['r.io/*:*', 'r.io/a/b/c:1', true],
    ['r.io/*/c:*', 'r.io/a/b/c:1', true],
    ['r.io/app*:1', 'r.io/app:1', true],
    ['r.io/app?:1', 'r.io/app:1', false],
    ['r.io/app?:1', 'r.io/app2:1', true],
    ['r.io/app?:1', 'r.io/app22:1', false],
    ['r.io/**p:1', 'r.io/app:1', true],
    ['docker.io/*:*', 'acme/app', true],
    ['nginx:*', 'index.docker.io/library/nginx', true],
  ])('%s and %s: %p', (pattern, image, expected) => {
    expect(matches(pattern, image)).toBe(expected)
  })
})

describe('tag and digest', () => {
  test.each([
    ['r.io/app', 'r.io/app:1', true],
    ['r.io/app', `r.io/app@${DIGEST}`, true],
    ['r.io/app', `r.io/app:1@${DIGEST}`, true],
    ['r.io/app:1', `r.io/app:1@${DIGEST}`, true],
    ['r.io/app:1', `r.io/app:2@${DIGEST}`, false],
    ['r.io/app:1', `r.io/app@${DIGEST}`, false],
    ['r.io/app:?', `r.io/app:1@${DIGEST}`, true],
    ['r.io/app:?', `r.io/app@${DIGEST}`, false],
    ['r.io/app?:*', `r.io/app@${DIGEST}`, false],
    [`r.io/app@${DIGEST}`, `r.io/app@${DIGEST}`, true],
    [`r.io/app@${DIGEST}`, 'r.io/app:1', false],
    [`r.io/app:1@${DIGEST}`, `r.io/app:1@sha256:${'cd'.repeat(32)}`, false],
    ['r.io/app:1@sha256:ab*', `r.io/app:1@${DIGEST}`, true],
    ['r.io/app:1@sha256:ab?', `r.io/app:1@${DIGEST}`, false],
  ])('%s and %s: %p', (pattern, image, expected) => {
    expect(matches(pattern, image)).toBe(expected)
  })
})

describe('an image cannot be written so that it leaves its rule', () => {
  test('without its tag, for a rule of every tag', () => {
    expect(matches('r.io/app:*', `r.io/app@${DIGEST}`)).toBe(true)
    expect(matches(`r.io/app:*@${DIGEST}`, `r.io/app@${DIGEST}`)).toBe(true)
  })

  test('with any tag, for a rule of a digest', () => {
    expect(matches(`r.io/app@${DIGEST}`, `r.io/app:any@${DIGEST}`)).toBe(true)
    expect(matches('r.io/app?@sha256:*', `r.io/app:any@${DIGEST}`)).toBe(false)
  })

  test('with the port that its registry has anyway', () => {
    expect(matches('r.io/*:*', 'r.io:443/app:1')).toBe(true)
    expect(matches('r.io:443/*:*', 'r.io/app:1')).toBe(true)
    expect(matches('docker.io/acme/*:*', 'Index.docker.io:443/acme/app:1')).toBe(true)
    expect(matches('r.io/*:*', 'r.io:8443/app:1')).toBe(false)
    expect(matches('acme/*:*', 'acme:443/app:1')).toBe(false)
    const [best] = policyOf('r.io/*:*', '*/app:*').matching(parseReference('r.io:443/app:1'))
    expect(best?.pattern.written).toBe('r.io/*:*')
  })
})

test('patterns made for backtracking get an answer', () => {
  const policy = policyOf(`${'*a'.repeat(250)}b`, `${'*?'.repeat(250)}!`, '*:*')
  const image = parseReference(`r.io/${'a'.repeat(250)}:${'a'.repeat(128)}@${DIGEST}`)
  expect(policy.matching(image).map(({ pattern }) => pattern.written)).toEqual(['*:*'])
})
