import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { findNearest } from '../../src/config/nearest.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { ConfigError } from '../../src/config/problem.ts'
import { makeNotary, POLICY, problemsOf, VALIDATORS } from './fixture.ts'

test('defaults are filled in', () => {
  const config = parseConfig(VALIDATORS + POLICY, 'file')
  expect(config).toMatchObject({
    validators: [{ name: 'default', type: 'static', approve: true }],
    features: {
      automaticChildApproval: true,
      automaticUnchangedApproval: false,
      detectionMode: false,
      resourceValidationMode: 'all',
    },
    logLevel: 'info',
    logFormat: 'json',
    warnings: [],
  })
  expect(config.policy).toMatchObject([
    {
      pattern: { written: '*:*' },
      validator: 'default',
      verify: true,
      with: { trustRoot: 'default', mode: 'mutate' },
      line: 6,
    },
  ])
})

test('everything that is given is taken', () => {
  const text = `${makeNotary()}policy:
  - pattern: "*:*"
    verify: false
  - pattern: "one:*"
    validator: notary
    with: { trustRoot: alice, mode: insecureValidateOnly }
features:
  automaticChildApproval: false
  automaticUnchangedApproval: true
  detectionMode: true
  resourceValidationMode: podsOnly
  cache: { expirySeconds: 0, cacheErrors: false, staleIfUnavailableSeconds: 600 }
logLevel: fatal
logFormat: json-pretty
`
  const { policy, features, logLevel, logFormat } = parseConfig(text, 'file')
  expect(policy.map(({ validator, verify, line }) => [validator, verify, line])).toEqual([
    ['default', false, 13],
    ['notary', true, 15],
  ])
  expect(policy[1]?.with).toEqual({
    trustRoot: 'alice',
    mode: 'insecureValidateOnly',
    verifyInTransparencyLog: true,
    verifySCT: true,
  })
  expect(features).toEqual({
    automaticChildApproval: false,
    automaticUnchangedApproval: true,
    detectionMode: true,
    resourceValidationMode: 'podsOnly',
    cache: { expirySeconds: 0, cacheErrors: false, staleIfUnavailableSeconds: 600 },
  })
  expect([logLevel, logFormat]).toEqual(['fatal', 'json-pretty'])
})

test('a cache of which nothing is said keeps verdicts for 30 seconds, denials too, and none for an outage', () => {
  const { features } = parseConfig(VALIDATORS + POLICY, 'file')
  expect(features.cache).toEqual({
    expirySeconds: 30,
    cacheErrors: true,
    staleIfUnavailableSeconds: 0,
  })
})

test('a ConfigError names its file in each line and sorts its problems', () => {
  const problem = { message: 'it is wrong.', fix: 'Write it right.' }
  const error = new ConfigError('a.yaml', [
    { line: 10, column: 1, ...problem },
    { line: 2, column: 11, ...problem },
    { line: 2, column: 3, ...problem },
  ])
  expect(error.message.split('\n')).toEqual([
    'a.yaml:2:3: it is wrong. Write it right.',
    'a.yaml:2:11: it is wrong. Write it right.',
    'a.yaml:10:1: it is wrong. Write it right.',
  ])
})

test.each([
  ['patern', 'pattern'],
  ['LOGLEVEL', 'logLevel'],
  ['verfiy', 'verify'],
  ['xyz', 'none'],
  ['with'.repeat(20), 'none'],
])('the nearest word to %s is %s', (word, nearest) => {
  expect(findNearest(word, ['pattern', 'logLevel', 'verify', 'with']) ?? 'none').toBe(nearest)
})

test('a file that is damaged in any way is accepted or refused with positions inside it', () => {
  const good = `${makeNotary()}policy:
  - &a { pattern: "*:*", validator: notary, with: { trustRoot: alice } }
  - pattern: "docker.io/library/*:*"
    verify: false
features: { detectionMode: false, cache: { expirySeconds: 30 } }
`
  expect(problemsOf(good)).toEqual([])
  const scrap = fc.oneof(
    fc.constantFrom(
      '\n',
      '  ',
      '- ',
      ': ',
      '*a',
      '&a ',
      '[',
      '}',
      '"',
      '!!js ',
      '#',
      '---\n',
      '|',
      '\0',
      '<<: *a',
    ),
    fc.string({ maxLength: 5, unit: 'binary' }),
  )
  const damage = fc.record({
    at: fc.nat(good.length),
    remove: fc.nat(20),
    insert: fc.oneof(fc.constant(''), scrap),
  })
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const text = damages.reduce(
        (whole, { at, remove, insert }) => whole.slice(0, at) + insert + whole.slice(at + remove),
        good,
      )
      const lines = text.split('\n').length
      for (const problem of problemsOf(text)) {
        const [, line, column] = /^(\d+):(\d+): .+\.$/.exec(problem) ?? []
        expect(Number(line)).toBeWithin(1, lines + 1)
        expect(Number(column)).toBeGreaterThanOrEqual(1)
      }
    }),
    { numRuns: 300 },
  )
})
