import { describe, expect, test } from 'bun:test'
import { makeNotary, POLICY, problemsOf, VALIDATORS } from './fixture.ts'

const GOOD = VALIDATORS + POLICY
const TEXT = 'Write a text, in quotes if it looks like a number or like true.'
const BOOLEAN = 'Write true or false without quotes.'
const MAPPING = 'Write lines of key: value, indented equally.'
const LIST = 'Write a list: a line that starts with "- " for each entry.'

describe('a file of the wrong shape is refused at the place that is wrong', () => {
  test.each<[rule: string, text: string, problem: string]>([
    ['misspelt key', `${GOOD}feature: {}\n`, '7:1: unknown key "feature". Write "features".'],
    [
      'unknown key without a near one',
      `${GOOD}zzz: 1\n`,
      '7:1: unknown key "zzz". Remove it, or write validators, policy, features, logLevel, logFormat or alerting.',
    ],
    [
      'misspelt key of a rule',
      `${GOOD}    verfiy: false\n`,
      '7:5: unknown key "verfiy" in a rule. Write "verify".',
    ],
    [
      'misspelt key of a validator',
      `${VALIDATORS}    aprove: true\n${POLICY}`,
      '5:5: unknown key "aprove" in a static validator. Write "approve".',
    ],
    [
      'unknown key of a trust root',
      `${makeNotary({ more: '        keyless: {}\n' })}policy:\n  - { pattern: "*:*", verify: false }\n`,
      '12:9: unknown key "keyless". Remove it, or write name or key.',
    ],
    [
      'number as name',
      `validators:\n  - { name: 1, type: static, approve: true }\n${POLICY}`,
      `2:13: "name" is a number, not a text. ${TEXT}`,
    ],
    [
      'empty name',
      `validators:\n  - { name: "", type: static, approve: true }\n${POLICY}    verify: false\n`,
      '2:13: "name" is empty. Write the name by which rules refer to it.',
    ],
    [
      'text as boolean',
      `${GOOD}    verify: "false"\n`,
      `7:13: "verify" is a text, not true or false. ${BOOLEAN}`,
    ],
    ['list as text', `${GOOD}logLevel: []\n`, `7:11: "logLevel" is a list, not a text. ${TEXT}`],
    [
      'list as mapping',
      `${GOOD}    with: []\n`,
      `7:11: "with" is a list, not a mapping. ${MAPPING}`,
    ],
    [
      'mapping as list',
      `${VALIDATORS}policy:\n  pattern: a\n`,
      `6:3: "policy" is a mapping, not a list. ${LIST}`,
    ],
    [
      'text as rule',
      `${VALIDATORS}policy:\n  - a\n`,
      `6:5: entry 1 of "policy" is a text, not a mapping. ${MAPPING}`,
    ],
    [
      'text as validator',
      `validators:\n  - default\n${POLICY}`,
      `2:5: entry 1 of "validators" is a text, not a mapping. ${MAPPING}`,
    ],
    [
      'no value',
      `${GOOD}features:\n`,
      '7:1: "features" is empty. Write a value, or remove the key.',
    ],
    [
      'missing approve',
      `validators:\n  - name: default\n    type: static\n${POLICY}`,
      '2:5: the key "approve" is missing. Add it: true to admit every image, false to deny every image.',
    ],
    [
      'missing type',
      `validators:\n  - name: default\n${POLICY}`,
      '2:5: the key "type" is missing. Add it: the kind of validator.',
    ],
    [
      'missing host (no default server)',
      `${makeNotary().replace(/ {4}host.*\n/, '')}policy:\n  - { pattern: "*:*", verify: false }\n`,
      '2:5: the key "host" is missing. Add it: the address of the Notary server, such as notary.example.com.',
    ],
    [
      'no trust root',
      'validators:\n  - { name: default, type: notaryv1, host: a.example, trustRoots: [] }\n' +
        POLICY,
      '2:67: "trustRoots" is empty. Write a list of public root keys, each with name and key.',
    ],
    [
      'missing pattern',
      `${VALIDATORS}policy:\n  - verify: false\n`,
      '6:5: the key "pattern" is missing. Add it: the images that the rule is for, such as "registry.example.com/team/*:*".',
    ],
    [
      'no validators',
      `${POLICY}    verify: false\n`,
      '1:1: the key "validators" is missing. Add it: a list of validators, each with name and type.',
    ],
    [
      'empty validators',
      `validators: []\n${POLICY}    verify: false\n`,
      '1:13: "validators" is empty. Write a list of validators, each with name and type.',
    ],
    [
      'no policy',
      VALIDATORS,
      '1:1: the key "policy" is missing. Add it: a list of rules, each with a pattern.',
    ],
    [
      'empty policy',
      `${VALIDATORS}policy: []\n`,
      '5:9: "policy" is empty. Write a list of rules, each with a pattern.',
    ],
    [
      'unknown validator type',
      `validators:\n  - { name: default, type: notary }\n${POLICY}`,
      '2:28: "type" is "notary", which is none of its values. Write notaryv1.',
    ],
    [
      'log level in capitals',
      `${GOOD}logLevel: INFO\n`,
      '7:11: "logLevel" is "INFO", which is none of its values. Write info.',
    ],
    [
      'unknown log format',
      `${GOOD}logFormat: xml\n`,
      '7:12: "logFormat" is "xml", which is none of its values. Write json, json-pretty or text.',
    ],
    [
      'unknown resourceValidationMode',
      `${GOOD}features: { resourceValidationMode: podOnly }\n`,
      '7:37: "resourceValidationMode" is "podOnly", which is none of its values. Write podsOnly.',
    ],
    [
      'text as feature',
      `${GOOD}features: { detectionMode: yes }\n`,
      `7:28: "detectionMode" is a text, not true or false. ${BOOLEAN}`,
    ],
    [
      'negative staleIfUnavailableSeconds',
      `${GOOD}features: { cache: { staleIfUnavailableSeconds: -1 } }\n`,
      '7:49: "staleIfUnavailableSeconds" is -1. Write 0 or more.',
    ],
    [
      'an expirySeconds of more than a day',
      `${GOOD}features: { cache: { expirySeconds: 86401 } }\n`,
      '7:37: "expirySeconds" is 86401. Write 86400 or less.',
    ],
    [
      'fraction of a second',
      `${GOOD}features: { cache: { expirySeconds: 0.5 } }\n`,
      '7:37: "expirySeconds" is a number, not a whole number. Write a whole number without quotes.',
    ],
    [
      'receiver without URL',
      `${GOOD}alerting: { admitRequest: { receivers: [{ template: slack }] } }\n`,
      '7:41: the key "receiverUrl" is missing. Add it: the URL that alerts are sent to.',
    ],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem])
  })
})

test('all problems are reported at once, sorted by position', () => {
  const text = `validators:
  - name: default
    type: static
    approve: "true"
  - name: default
    type: static
    approve: true
policy:
  - pattern: "a[b]"
  - pattern: "nginx:*"
    validator: defualt
  - pattern: "docker.io/library/nginx:*"
    with: { trustRoot: x }
loglevel: info
`
  expect(problemsOf(text)).toEqual([
    `4:14: "approve" is a text, not true or false. ${BOOLEAN}`,
    '5:11: two validators are named "default". Write another name for one of them.',
    '9:14: pattern "a[b]" contains "[", but only * and ? are wildcards: write one rule per alternative. Write a pattern such as "registry.example.com/team/*:*".',
    '11:16: the validator "defualt" does not exist. Write validator: "default".',
    '12:14: the pattern "docker.io/library/nginx:*" ties with "nginx:*" of the rule on line 10. Remove one of the rules, or make one pattern more specific.',
    '13:13: unknown key "trustRoot" in the options of a static validator. Remove it.',
    '14:1: unknown key "loglevel". Write "logLevel".',
  ])
})

test('a key or value that may be a secret is not repeated', () => {
  const secret = 'c2VjcmV0'.repeat(12)
  const text = `${VALIDATORS}policy:\n  - pattern: "*:*"\n    validator: ${secret}\nlogLevel: ${secret}\n? ${secret}\n: 1\n`
  const problems = problemsOf(text)
  expect(problems).toHaveLength(3)
  expect(problems.join()).not.toContain('c2VjcmV0')
})
