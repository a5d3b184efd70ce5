import { describe, expect, test } from 'bun:test'
import { parseStrictJson } from '../../src/trust/strict-json.ts'
import { refusalOf } from './outcome.ts'

const read = (text: string) => parseStrictJson(Buffer.from(text))
const refuse = (text: string) => refusalOf(() => read(text))

describe('strict JSON', () => {
  test.each([
    ['null', null],
    [' true ', true],
    ['false', false],
    ['0', 0],
    ['-12', -12],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['""', ''],
    ['"\\u0041\\n\\/\\ud83d\\ude00"', 'A\n/\u{1f600}'],
    ['"ÿ\u{1f600}\u2028"', 'ÿ\u{1f600}\u2028'],
    ['[]', []],
    ['\t[ 1 ,\r\n"a" ] ', [1, 'a']],
  ])('reads %j', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  test('keeps __proto__, constructor and toString as members like any other', () => {
    const object = read('{"__proto__":{"a":1},"constructor":2,"toString":3}')
    expect(Object.entries(object ?? {})).toEqual([
      ['__proto__', expect.objectContaining({ a: 1 })],
      ['constructor', 2],
      ['toString', 3],
    ])
    expect(Object.getPrototypeOf(object)).toBeNull()
  })

  test('finds nothing in an object that its text does not hold', () => {
    const object = read('{}')
    expect('__proto__' in Object(object)).toBe(false)
    expect('constructor' in Object(object)).toBe(false)
  })

  test('follows nesting of 32 levels and no more', () => {
    expect(refuse(`${'['.repeat(32)}1${']'.repeat(32)}`)).toBe('accepted')
    expect(refuse(`${'['.repeat(33)}1${']'.repeat(33)}`)).toBe(
      'nesting deeper than 32 at character 33',
    )
  })

  test('reads as many values as it is told, and no more', () => {
    const parse = (max: number) => refusalOf(() => parseStrictJson(Buffer.from('[{"a":1},2]'), max))
    expect(parse(4)).toBe('accepted')
    expect(parse(3)).toBe('more than 3 values at character 9')
  })

  test.each([
    ['nothing', '', 'no JSON value at character 0'],
    ['white space alone', ' \n', 'no JSON value at character 2'],
    ['white space that JSON has not', '\u00a0 1', 'no JSON value at character 0'],
    ['a comment', '/* */1', 'no JSON value at character 0'],
    ['a cut literal', 'tru', 'no JSON value at character 0'],
    ['a literal in capitals', 'True', 'no JSON value at character 0'],
    ['a sign alone', '-', 'no JSON value at character 0'],
    ['a plus sign', '+1', 'no JSON value at character 0'],
    ['Infinity', '-Infinity', 'no JSON value at character 0'],
    ['a leading zero', '01', 'trailing bytes at character 1'],
    ['a hexadecimal number', '0x1', 'trailing bytes at character 1'],
    ['an exponent', '1e2', 'number 1e2 that is not a safe integer at character 0'],
    ['a number above 2^53 - 1', '9007199254740992', 'number 9007199254740992 that is not a'],
    ['a number below -2^53 + 1', '-9007199254740992', 'number -9007199254740992 that is not a'],
    ['an open array', '[1', 'unclosed array at character 2'],
    ['a comma at the end of an array', '[1,]', 'no JSON value at character 3'],
    ['a missing comma', '[1 2]', 'unclosed array at character 3'],
    ['an open object', '{"a":1', 'unclosed object at character 6'],
    ['a comma at the end of an object', '{"a":1,}', 'no member name at character 7'],
    ['a bare member name', '{a:1}', 'no member name at character 1'],
    ['a member name in single quotes', "{'a':1}", 'no member name at character 1'],
    ['a missing colon', '{"a" 1}', 'no colon after a member name at character 5'],
    ['an open string', '"a', 'unclosed string at character 0'],
    ['a string that ends with a backslash', '"a\\', 'unclosed string at character 0'],
    ['a string whose quote is escaped', '"a\\"', 'unclosed string at character 0'],
    ['an unknown escape', '"\\x41"', 'malformed string before character 6'],
    ['a cut unicode escape', '"\\u004"', 'malformed string before character 7'],
    ['a raw line break in a string', '"a\nb"', 'malformed string before character 5'],
    ['a raw NUL in a string', '"\u0000"', 'malformed string before character 3'],
    ['a duplicate member behind an escape', '{"a":1,"\\u0061":2}', 'duplicate member "a" at'],
    ['a duplicate __proto__', '{"__proto__":1,"__proto__":2}', 'duplicate member "__proto__" at'],
    ['a low surrogate alone', '"\\udc00"', 'string with a lone surrogate at'],
  ])('refuses %s', (_, text, reason) => {
    expect(refuse(text)).toStartWith(reason)
  })

  test.each([
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a code point above U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['a cut sequence at the end', [0x22, 0xe2, 0x82]],
    ['Latin-1', [0x22, 0xe9, 0x22]],
  ])('refuses bytes that are not UTF-8: %s', (_, bytes) => {
    expect(refusalOf(() => parseStrictJson(Uint8Array.from(bytes)))).toBe('not valid UTF-8')
  })

  test('refuses UTF-16', () => {
    const bytes = Buffer.from('{}', 'utf16le')
    expect(refusalOf(() => parseStrictJson(bytes))).toBe('no member name at character 1')
  })
})
