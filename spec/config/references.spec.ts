import { describe, expect, test } from 'bun:test'
import { makeNotary, POLICY, problemsOf, VALIDATORS } from './fixture.ts'

describe('a rule names what exists', () => {
  test.each<[rule: string, text: string, problem: string]>([
    [
      'a validator that does not exist is refused',
      `${VALIDATORS}${POLICY}    validator: defualt\n`,
      '7:16: the validator "defualt" does not exist. Write validator: "default".',
    ],
    [
      'a rule without validator means the one named default',
      `${makeNotary()}${POLICY}`,
      '13:5: the rule names no validator and none is named "default". Write validator: "notary".',
    ],
    [
      'a trust root that does not exist is refused',
      `${makeNotary()}${POLICY}    validator: notary\n    with: { trustRoot: alcie }\n`,
      '15:24: the validator "notary" has no trust root "alcie". Write trustRoot: "alice".',
    ],
    [
      'a rule without trustRoot means the one named default',
      `${makeNotary()}${POLICY}    validator: notary\n`,
      '13:5: the rule names no trust root and none of "notary" is named "default". Write trustRoot: "alice" or "*" below with.',
    ],
    [
      'a validator that verify: false does not need must exist if it is named',
      `${VALIDATORS}${POLICY}    verify: false\n    validator: other\n`,
      '8:16: the validator "other" does not exist. Write validator: "default".',
    ],
    [
      'a trust root that verify: false does not need must exist if it is named',
      `${makeNotary()}${POLICY}    verify: false\n    validator: notary\n    with: { trustRoot: bob }\n`,
      '16:24: the validator "notary" has no trust root "bob". Write trustRoot: "alice" or "*".',
    ],
    [
      'two validators of one name are refused',
      `${VALIDATORS}  - name: default\n    type: static\n    approve: false\n${POLICY}`,
      '5:11: two validators are named "default". Write another name for one of them.',
    ],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem])
  })

  test('"*" is every trust root', () => {
    const text = `${makeNotary()}${POLICY}    validator: notary\n    with: { trustRoot: "*" }\n`
    expect(problemsOf(text)).toEqual([])
  })

  test('verify: false needs neither validator nor trust root', () => {
    expect(problemsOf(`${makeNotary()}${POLICY}    verify: false\n`)).toEqual([])
    const named = `${makeNotary()}${POLICY}    verify: false\n    validator: notary\n`
    expect(problemsOf(named)).toEqual([])
  })

  test('a validator that is refused itself is no dangling reference', () => {
    const text = `validators:\n  - { name: default, type: static }\n${POLICY}`
    expect(problemsOf(text)).toEqual([
      '2:5: the key "approve" is missing. Add it: true to admit every image, false to deny every image.',
    ])
  })
})

describe('with: fits the type of the validator', () => {
  test.each<[rule: string, options: string, problem: string]>([
    [
      'options of cosign',
      '{ trustRoot: alice, threshold: 2 }',
      '15:31: unknown key "threshold" in the options of a notaryv1 validator. Remove it, or write trustRoot, delegations or mode.',
    ],
    [
      'a misspelt option',
      '{ trustRoot: alice, mdoe: mutate }',
      '15:31: unknown key "mdoe" in the options of a notaryv1 validator. Write "mode".',
    ],
    [
      'a misspelt mode',
      '{ trustRoot: alice, mode: mutat }',
      '15:37: "mode" is "mutat", which is none of its values. Write mutate.',
    ],
    [
      'a number as trust root',
      '{ trustRoot: 1 }',
      '15:24: "trustRoot" is a number, not a text. Write a text, in quotes if it looks like a number or like true.',
    ],
  ])('%s is refused', (_, options, problem) => {
    const text = `${makeNotary()}${POLICY}    validator: notary\n    with: ${options}\n`
    expect(problemsOf(text)).toEqual([problem])
  })

  test('a static validator takes no options', () => {
    expect(problemsOf(`${VALIDATORS}${POLICY}    with: { mode: mutate }\n`)).toEqual([
      '7:13: unknown key "mode" in the options of a static validator. Remove it.',
    ])
  })

  test('options without a validator are checked as well', () => {
    const text = `${makeNotary()}${POLICY}    verify: false\n    with: { mdoe: mutate }\n`
    expect(problemsOf(text)).toEqual([
      '15:13: unknown key "mdoe" in the options of a notaryv1 validator. Write "mode".',
    ])
  })
})

describe('patterns', () => {
  test('a bad pattern is refused with its reason', () => {
    expect(problemsOf(`${VALIDATORS}policy:\n  - pattern: "a{b}"\n`)).toEqual([
      '6:14: pattern "a{b}" contains "{", but only * and ? are wildcards: write one rule per alternative. Write a pattern such as "registry.example.com/team/*:*".',
    ])
  })

  test('two rules that tie are refused, with the lines of both', () => {
    const text = `${VALIDATORS}policy:\n  - pattern: "nginx:*"\n  - pattern: "*:*"\n  - pattern: "docker.io/nginx:*"\n`
    expect(problemsOf(text)).toEqual([
      '8:14: the pattern "docker.io/nginx:*" ties with "nginx:*" of the rule on line 6. Remove one of the rules, or make one pattern more specific.',
    ])
  })
})
