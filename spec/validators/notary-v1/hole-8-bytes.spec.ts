import { describe, expect, test } from 'bun:test'
import { DIGEST, validateForged } from './app.ts'

const ROLES = ['root', 'timestamp', 'snapshot', 'targets'] as const
type Alter = (bytes: Uint8Array) => Uint8Array

/** Replaces the first occurrence in the text of a file, which every file has. */
const replace =
  (from: string | RegExp, to: string): Alter =>
  (bytes) => {
    const text = Buffer.from(bytes).toString()
    if (text.search(from) < 0) throw new RangeError(`${from} does not occur in ${text}`)
    return Buffer.from(text.replace(from, to))
  }

const around =
  (before: string | Uint8Array, after: string): Alter =>
  (bytes) =>
    Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])

/** Of the timestamp, which no hash protects; all roles are read by one parser. */
describe('hole 8: bytes that two parsers could read differently', () => {
  test.each<readonly [attack: string, alter: Alter, why: string]>([
    ['a duplicate envelope', replace('{"signed":', '{"signed":{},"signed":'), 'duplicate member'],
    ['a duplicate behind an escape', replace('"version":', '"v\\u0065rsion":7,"version":'), 'dupl'],
    [
      'a member in capitals',
      replace('"version":', '"Version":7,"version":'),
      'member "Version" in another letter case',
    ],
    ['a long s', replace('"version":', '"ver\u017fion":7,"version":'), 'member "ver\\u017fion" in'],
    [
      'an envelope in capitals',
      replace('{"signed":', '{"SIGNED":{},"signed":'),
      'member "SIGNED" in',
    ],
    ['a byte order mark', around(Buffer.of(0xef, 0xbb, 0xbf), ''), 'no JSON value at character 0'],
    ['trailing bytes', around('', '{}'), 'trailing bytes at character'],
    ['a trailing NUL', around('', '\u0000'), 'trailing bytes at character'],
    ['NaN', replace(/"version":\d+/, '"version":NaN'), 'no JSON value at character'],
    ['a float', replace(/"version":(\d+)/, '"version":$1.0'), 'number 1.0 that is not a safe'],
    ['an exponent', replace(/"version":(\d+)/, '"version":$1e0'), 'number 1e0 that is not a safe'],
    ['negative zero', replace(/"version":\d+/, '"version":-0'), 'number -0 that is not a safe'],
    ['a number of 400 digits', replace(/"version":\d+/, `"version":${'9'.repeat(400)}`), 'number'],
    ['a lone surrogate', replace('"version":', '"x":"\\ud800","version":'), 'string with a lone'],
    ['a comment', replace('"version":', '/**/"version":'), 'no member name at character'],
    ['bytes that are not UTF-8', around(Buffer.of(0xff), ''), 'not valid UTF-8'],
    ['deep nesting', replace('"version":', `"x":${'['.repeat(9999)},"version":`), 'nesting deeper'],
    ['a cut file', (bytes) => bytes.subarray(0, -1), 'unclosed object at character'],
    ['an empty file', () => new Uint8Array(), 'no JSON value at character 0'],
    ['a page of HTML', () => Buffer.from('<html>'), 'no JSON value at character 0'],
  ])('with %s', async (_, alter, why) => {
    expect(await validateForged({ timestamp: { bytes: alter } })).toStartWith(
      `UNTRUSTED_MALFORMED_METADATA: malformed timestamp metadata: ${why}`,
    )
  })

  test.each(ROLES)('in a %s, whose bytes may be the promised ones', async (role) => {
    const bytes = replace('"version":', '"version":7,"version":')
    expect(await validateForged({ [role]: { bytes } })).toStartWith(
      `UNTRUSTED_MALFORMED_METADATA: malformed ${role} metadata: duplicate member "version"`,
    )
  })

  test('while other white space between the same members changes nothing', async () => {
    const bytes = replace('"version":', '\n\t "version" : ')
    const forgery = { bytes }
    expect(
      await validateForged({
        root: forgery,
        timestamp: forgery,
        snapshot: forgery,
        targets: forgery,
      }),
    ).toBe(DIGEST)
  })
})

describe('hole 8: members in another letter case, at any depth', () => {
  test.each([
    ['root', '"threshold":', '"Threshold":9,"threshold":', 'Threshold'],
    ['root', '"keytype":', '"KEYTYPE":"rsa","keytype":', 'KEYTYPE'],
    ['root', '"keytype":', '"\u212aeytype":"rsa","keytype":', '\\u212aeytype'],
    ['root', '"public":', '"Public":"","public":', 'Public'],
    [
      'timestamp',
      '"snapshot":',
      '"Snapshot":{"hashes":{"sha256":""},"length":0},"snapshot":',
      'Snapshot',
    ],
    ['snapshot', '"length":', '"Length":9,"length":', 'Length'],
    ['targets', '"hashes":', '"Hashes":{},"hashes":', 'Hashes'],
    ['targets', '"sha256":', '"SHA256":"","sha256":', 'SHA256'],
    ['targets', '"sig":', '"Sig":"","sig":', 'Sig'],
  ] as const)('%s: %s', async (role, from, to, name) => {
    expect(await validateForged({ [role]: { bytes: replace(from, to) } })).toBe(
      `UNTRUSTED_MALFORMED_METADATA: malformed ${role} metadata: member "${name}" in another letter case`,
    )
  })
})
