import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { canonicalJson } from '../../src/trust/canonical-json.ts'
import { type Json, parseStrictJson } from '../../src/trust/strict-json.ts'
import { refusalOf } from './outcome.ts'

const canonical = (text: string) => canonicalJson(parseStrictJson(Buffer.from(text))).toString()

/** The encoding once more, byte by byte, as docker/go canonical/json (encode.go) writes it. */
function oracle(value: unknown): Buffer {
  if (typeof value === 'string') return quoteBytes(Buffer.from(value))
  if (Array.isArray(value)) return enclose('[', value.map(oracle), ']')
  if (value === null || typeof value !== 'object') return Buffer.from(`${value}`)
  const members = Object.entries(value)
    .map(([name, member]) => [Buffer.from(name), oracle(member)] as const)
    .toSorted(([a], [b]) => compareBytes(a, b))
    .map(([name, member]) => Buffer.concat([quoteBytes(name), Buffer.from(':'), member]))
  return enclose('{', members, '}')
}

function quoteBytes(bytes: Buffer): Buffer {
  const escaped = [...bytes].flatMap((byte) =>
    byte === 0x22 || byte === 0x5c ? [0x5c, byte] : [byte],
  )
  return Buffer.from([0x22, ...escaped, 0x22])
}

function enclose(open: string, items: readonly Buffer[], close: string): Buffer {
  const separated = items.flatMap((item, index) =>
    index === 0 ? [item] : [Buffer.from(','), item],
  )
  return Buffer.concat([Buffer.from(open), ...separated, Buffer.from(close)])
}

function compareBytes(a: Buffer, b: Buffer): number {
  const at = [...a].findIndex((byte, index) => byte !== b[index])
  if (at < 0) return a.length - b.length
  return (a[at] ?? 0) - (b[at] ?? -1)
}

/** The planes where UTF-16 and UTF-8 order differ, and what has to be escaped. */
const character = fc.constantFrom(
  ...'ab"\\/<>&01\n\u0000\u007f\u2028\u2029é\ud7ff\ue000\uf8ff\ufeff\uffff\u{10000}\u{1f600}\u{10ffff}',
)
const text = fc.oneof(fc.string({ unit: character, maxLength: 5 }), fc.string({ unit: 'binary' }))
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 8 }),
  ),
})).value

describe('canonical JSON (docker/go canonical/json)', () => {
  test.each([
    ['leaves no white space', ' { "a" : [ 1 , null ] } ', '{"a":[1,null]}'],
    ['sorts members by name', '{"b":1,"a":{"d":2,"c":3}}', '{"a":{"c":3,"d":2},"b":1}'],
    ['sorts numeric names as text', '{"2":1,"10":2,"1":3}', '{"1":3,"10":2,"2":1}'],
    ['keeps __proto__', '{"b":1,"__proto__":2}', '{"__proto__":2,"b":1}'],
    ['keeps members that it does not know', '{"x":{"y":0}}', '{"x":{"y":0}}'],
    ['sorts U+FFFF before U+10000', '{"\u{10000}":1,"\uffff":2}', '{"\uffff":2,"\u{10000}":1}'],
    ['escapes quote and backslash', '"\\"\\\\"', '"\\"\\\\"'],
    ['leaves a slash as it is', '"\\/"', '"/"'],
    ['leaves control characters raw', '"\\n\\u0000\\u007f"', '"\n\u0000\u007f"'],
    ['undoes the escapes of encoding/json', '"\\u003cb\\u003e\\u0026"', '"<b>&"'],
    ['keeps the order of an array', '[3,1,2]', '[3,1,2]'],
  ])('%s', (_, written, expected) => {
    expect(canonical(written)).toBe(expected)
  })

  test('leaves U+2028 and U+2029 as they are, unlike encoding/json (seen with MarshalCanonical)', () => {
    expect(canonical('["\\u2028","\\u2029"]')).toBe('["\u2028","\u2029"]')
  })

  test('writes what an independent oracle writes', () => {
    fc.assert(
      fc.property(json, (value) => {
        const read = parseStrictJson(Buffer.from(JSON.stringify(value, plainZero)))
        expect(canonicalJson(read).equals(oracle(read))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('is the same however the members were ordered', () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.nat(), { maxKeys: 8 }), (object) => {
        const backwards = Object.fromEntries(Object.entries(object).reverse())
        expect(canonicalJson(object).equals(canonicalJson(backwards))).toBe(true)
      }),
    )
  })

  test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %d', (value) => {
    const nested: Json = { a: [value] }
    expect(refusalOf(() => canonicalJson(nested))).toBe(`number ${value} is not a safe integer`)
  })
})

function plainZero(_: string, value: unknown): unknown {
  return Object.is(value, -0) ? 0 : value
}
