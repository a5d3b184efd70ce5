import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseStrictJson } from '../../src/trust/strict-json.ts'
import { refusalOf } from './outcome.ts'

const safeInteger = fc.maxSafeInteger().map((value) => (Object.is(value, -0) ? 0 : value))
const text = fc.string({ unit: 'binary' })
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    safeInteger,
    text,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', '1', '10', '2')), tie('value'), {
      maxKeys: 5,
    }),
  ),
})).value

/** Texts that are JSON but for a few characters, which is where parsers differ. */
const nearlyJson = fc
  .tuple(
    json,
    fc.nat(),
    fc.constantFrom('', ',', '"', '\\', '{', '}', '0', '.', 'e', ' ', '\ufeff'),
  )
  .map(([value, at, inserted]) => {
    const written = JSON.stringify(value)
    const index = at % (written.length + 1)
    return written.slice(0, index) + inserted + written.slice(index + (at % 2))
  })

describe('strict JSON, for any input', () => {
  test('reads back every value of safe integers that JSON.stringify writes', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const written = JSON.stringify(value, undefined, indent)
        const read = parseStrictJson(Buffer.from(written))
        expect(JSON.stringify(read)).toBe(JSON.stringify(value))
      }),
    )
  })

  test('throws nothing but a SyntaxError at arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(refusalOf(() => parseStrictJson(bytes))).toBeString()
      }),
    )
  })

  test('accepts a subset of JSON.parse and reads the same from it', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyJson, text), (written) => {
        const bytes = Buffer.from(written)
        if (refusalOf(() => parseStrictJson(bytes)) !== 'accepted') return
        const expected: unknown = JSON.parse(bytes.toString())
        expect(JSON.stringify(parseStrictJson(bytes))).toBe(JSON.stringify(expected))
      }),
      { numRuns: 1000 },
    )
  })

  test('refuses every proper prefix of an object', () => {
    fc.assert(
      fc.property(fc.dictionary(text, json, { maxKeys: 3 }), fc.nat(), (object, cut) => {
        const bytes = Buffer.from(JSON.stringify(object))
        const prefix = bytes.subarray(0, cut % bytes.length)
        expect(refusalOf(() => parseStrictJson(prefix))).not.toBe('accepted')
      }),
    )
  })
})

/** The point of each is that it ends, and not with a RangeError of the stack. */
describe('strict JSON ends on', () => {
  const MIB = 1024 * 1024

  test('a string of 1 MiB that is all escapes', () => {
    const bytes = Buffer.from(`"${'\\n'.repeat(MIB / 2)}"`)
    expect(parseStrictJson(bytes)).toBe('\n'.repeat(MIB / 2))
  })

  test.each([
    ['an open string of 5 MiB after an escape', `"\\n${'a'.repeat(5 * MIB)}`, 'unclosed string'],
    ['an open string of escaped quotes', `"${'\\"'.repeat(MIB)}`, 'unclosed string'],
    ['5 MiB of opening brackets', '['.repeat(5 * MIB), 'nesting deeper than 32'],
    ['5 MiB of opening objects', '{"a":'.repeat(MIB), 'nesting deeper than 32'],
    ['5 MiB of digits', '9'.repeat(5 * MIB), 'number 99999999999999999999999999999999 that'],
    ['5 MiB of minus signs', '-'.repeat(5 * MIB), 'no JSON value at character 0'],
    ['5 MiB of white space', ' '.repeat(5 * MIB), 'no JSON value at character 5242880'],
    ['5 MiB of commas', `[1${','.repeat(5 * MIB)}`, 'no JSON value at character 3'],
    ['a million duplicate members', `{${'"a":1,'.repeat(MIB)}`, 'duplicate member "a"'],
    ['5 MiB of NUL', '\u0000'.repeat(5 * MIB), 'no JSON value at character 0'],
  ])('%s', (_, hostile, reason) => {
    expect(refusalOf(() => parseStrictJson(Buffer.from(hostile)))).toStartWith(reason)
  })
})
