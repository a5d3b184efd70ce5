import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../../src/config/parse.ts'
import { indent, POLICY, problemsOf, VALIDATORS } from './fixture.ts'

/** The configuration of a file of Helm values; `application:` is on line 4. */
function makeHelmValues(application: string, rest = ''): string {
  const others = 'kubernetes:\n  deployment: { replicasCount: 3 }\n1: { any: key }\n'
  return `${others}application:\n  ${indent(application.trim(), 2)}\n${rest}`
}

describe('a file of Helm values', () => {
  test('is read below application:, and all other keys are not', () => {
    const text = makeHelmValues(`${VALIDATORS}${POLICY}logLevel: debug\n`)
    const { validators, policy, logLevel, warnings } = parseConfig(text, 'values.yaml')
    expect(validators).toEqual([{ name: 'default', type: 'static', approve: true }])
    expect(policy.map(({ line }) => line)).toEqual([10])
    expect(logLevel).toBe('debug')
    expect(warnings).toEqual([])
  })

  test('keeps the positions of the file', () => {
    expect(problemsOf(makeHelmValues(`${VALIDATORS}${POLICY}logLvl: info\n`))).toEqual([
      '11:3: unknown key "logLvl". Write "logLevel".',
    ])
  })

  test('has alerting: beside application:, checked as strictly', () => {
    const text = makeHelmValues(VALIDATORS + POLICY, 'alerting: { admitRequests: {} }\n')
    expect(problemsOf(text)).toEqual([
      '11:13: unknown key "admitRequests" in "alerting". Write "admitRequest".',
    ])
  })

  test('may not have alerting: below application:', () => {
    expect(problemsOf(makeHelmValues(`${VALIDATORS}${POLICY}alerting: {}\n`))).toEqual([
      '11:3: unknown key "alerting" in "application". Write it beside "application", not below.',
    ])
  })

  test('may not have an empty application:', () => {
    expect(problemsOf('application:\n')).toEqual([
      '1:1: "application" is not a mapping. Write validators and policy below it.',
    ])
  })

  test('misses keys at application:', () => {
    expect(problemsOf(makeHelmValues(POLICY))).toEqual([
      '5:3: the key "validators" is missing. Add it: a list of validators, each with name and type.',
    ])
  })

  test('warns of our keys that stand beside application: by mistake', () => {
    const text = makeHelmValues(VALIDATORS + POLICY, 'features: { detectionMode: true }\n')
    const { features, warnings } = parseConfig(text, 'values.yaml')
    expect(features.detectionMode).toBe(false)
    expect(warnings).toEqual([
      {
        line: 11,
        column: 1,
        message: '"features" beside "application" is not read.',
        fix: 'Write it below "application", or remove it.',
      },
    ])
  })
})
