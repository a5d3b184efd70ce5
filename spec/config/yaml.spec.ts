import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../../src/config/parse.ts'
import { POLICY, problemsOf, VALIDATORS } from './fixture.ts'

const GOOD = VALIDATORS + POLICY
const EMPTY = '1:1: the file is empty. Write validators and policy.'
const INDENT =
  'the indentation does not fit the lines around it. Indent with spaces, entries of one mapping or list equally, and close every bracket.'
const TAG = 'a tag that is not supported. Remove the word that starts with "!".'
const KEY =
  'a key is no plain text on one line, followed by a colon. Write key: value, and quote a value that holds ": ".'

describe('what is no YAML document is refused', () => {
  test.each<[rule: string, text: string, problem: string]>([
    ['an empty file', '', EMPTY],
    ['a file of comments', '# nothing\n', EMPTY],
    ['a document marker alone', '---\n', EMPTY],
    [
      'a second document',
      `${GOOD}---\na: 1\n`,
      '7:1: a second document begins. Write one document: remove the line "---".',
    ],
    [
      'a list',
      '- a\n',
      '1:1: the file is a list, not a mapping. Write lines of key: value, indented equally.',
    ],
    [
      'a text',
      'hello',
      '1:1: the file is a text, not a mapping. Write lines of key: value, indented equally.',
    ],
    ['a tab as indentation', 'validators:\n\t- a\n', `2:1: ${INDENT}`],
    ['an open bracket', 'validators: [', `1:14: ${INDENT}`],
    [
      'an open quote',
      `${GOOD}logLevel: "abc\n`,
      '8:1: a colon, comma, space, bracket or closing quote is missing. Check this line and the one before it.',
    ],
    [
      'an unknown escape',
      `${GOOD}logLevel: "\\q"\n`,
      '7:12: an unknown escape sequence in double quotes. Write the value in single quotes.',
    ],
    ['a list as key', `${GOOD}? [a]\n: b\n`, `7:3: ${KEY}`],
    ['a mapping on the line of its key', 'a: b: c', `1:4: ${KEY}`],
    [
      'an unknown directive',
      `%FOO\n---\n${GOOD}`,
      '1:1: an unknown YAML directive. Remove the line that starts with "%".',
    ],
    ['a JavaScript tag', `${GOOD}logLevel: !!js/function "x"\n`, `7:11: ${TAG}`],
    ['a binary tag', `${GOOD}logLevel: !!binary aW5mbw==\n`, `7:11: ${TAG}`],
    ['a tag of its own', `${GOOD}logLevel: !info x\n`, `7:11: ${TAG}`],
    [
      'a NUL',
      'a: \0',
      '1:4: the character U+0000 does not belong in a YAML file. Write the file as UTF-8 text without control characters.',
    ],
    [
      'bytes that are no UTF-8, decoded as U+FFFD',
      `${GOOD}logLevel: \ufffd\n`,
      '7:11: the character U+FFFD does not belong in a YAML file. Write the file as UTF-8 text without control characters.',
    ],
    [
      'a lone surrogate',
      'a: \ud800',
      '1:4: the character U+D800 does not belong in a YAML file. Write the file as UTF-8 text without control characters.',
    ],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem])
  })
})

describe('files that cost more than they say are refused', () => {
  test('more than 4 MiB', () => {
    expect(problemsOf('#'.repeat(4 * 1024 * 1024 + 1))).toEqual([
      '1:1: the file is 4194305 bytes long, more than 4194304. Use wildcards to write fewer rules.',
    ])
  })

  test('values nested more than 100 deep', () => {
    const nested = `application:\n  policy: []\nother: ${'['.repeat(101)}${']'.repeat(101)}\n`
    expect(problemsOf(nested)).toContain(
      '3:107: values are nested more than 100 deep. Write them flat.',
    )
  })

  test('values nested deeper than the stack', () => {
    expect(problemsOf('['.repeat(100_000)).join()).toEndWith(
      'the values are nested too deeply. Write them flat.',
    )
  })

  test('lists in lists deeper than the stack, which the parser itself does not survive', () => {
    expect(problemsOf('- '.repeat(20_000)).join()).toEndWith(
      'the values are nested too deeply. Write them flat.',
    )
  })

  test('an alias bomb, which repeats billions of values in ten lines', () => {
    const ten = (item: string) => `[${Array(10).fill(item).join(',')}]`
    const levels = [...'bcdefghij'].map(
      (name, i) => `  ${name}: &${name} ${ten(`*${'abcdefghi'[i]}`)}`,
    )
    const bomb = `${GOOD}other:\n  a: &a ${ten('x')}\n${levels.join('\n')}\n`
    expect(problemsOf(bomb)).toContain(
      '12:31: aliases repeat more than 100000 values. Write the values themselves.',
    )
  })
})

describe('anchors and aliases', () => {
  test('an alias stands for the value of its anchor', () => {
    const text = `${VALIDATORS}policy:\n  - &a\n    pattern: &p "one:*"\n  - { pattern: "two:*", verify: &v false }\n  - { pattern: "three:*", verify: *v }\n`
    expect(parseConfig(text, 'file').policy.map(({ verify }) => verify)).toEqual([
      true,
      false,
      false,
    ])
  })

  test('ten thousand rules may share options', () => {
    const rules = Array.from({ length: 10_000 }, (_, i) => `  - { pattern: "r${i}:*", with: *w }\n`)
    const text = `${VALIDATORS}policy:\n  - { pattern: "*:*", with: &w {} }\n${rules.join('')}`
    expect(parseConfig(text, 'file').policy).toHaveLength(10_001)
  })

  test('a problem of an aliased value is shown once, where the value is written', () => {
    const text = `${VALIDATORS}policy:\n  - { pattern: "one:*", with: &w { a: 1 } }\n  - { pattern: "two:*", with: *w }\n`
    const problem = '6:36: unknown key "a" in the options of a static validator. Remove it.'
    expect(problemsOf(text)).toEqual([problem])
  })

  test('an alias without an anchor is refused, once', () => {
    expect(problemsOf(`${GOOD}features: *f\n`)).toEqual([
      '7:11: the alias "f" has no anchor before it. Write the value itself.',
    ])
  })

  test('an alias inside its own anchor is refused', () => {
    expect(problemsOf(`${GOOD}features: &f\n  cache: *f\n`)).toEqual([
      '8:10: the alias "f" stands inside its own anchor. Write the value itself.',
    ])
  })
})

describe('keys', () => {
  test('a key that is given twice is refused, with the line of the first', () => {
    expect(problemsOf(`${GOOD}policy: []\n`)).toEqual([
      '7:1: the key "policy" is given twice, first on line 5. Remove one of them.',
    ])
  })

  test('names of the prototype are keys like any other', () => {
    const known = 'validators, policy, features, logLevel, logFormat or alerting'
    expect(problemsOf(`${GOOD}__proto__: 1\nconstructor: 1\n`)).toEqual([
      `7:1: unknown key "__proto__". Remove it, or write ${known}.`,
      `8:1: unknown key "constructor". Remove it, or write ${known}.`,
    ])
  })

  test('yes and on are texts, not true (YAML 1.2, core schema)', () => {
    expect(problemsOf(`%YAML 1.1\n---\n${GOOD}features: { detectionMode: on }\n`)).toEqual([
      '9:28: "detectionMode" is a text, not true or false. Write true or false without quotes.',
    ])
  })
})
