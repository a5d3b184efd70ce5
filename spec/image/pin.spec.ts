import { expect, test } from 'bun:test'
import { type Digest, isDigest } from '../../src/image/digest.ts'
import { parseReference, pinReference, renderReference } from '../../src/image/reference.ts'

function digestOf(digit: string): Digest {
  const text = `sha256:${digit.repeat(64)}`
  if (!isDigest(text)) throw new Error(`${text} is no digest`)
  return text
}

test('pinning keeps the tag and adds the digest', () => {
  expect(renderReference(pinReference(parseReference('nginx:1.27'), digestOf('a')))).toBe(
    `docker.io/library/nginx:1.27@${digestOf('a')}`,
  )
})

test('pinning to the digest that is there changes nothing', () => {
  const pinned = parseReference(`r.io/app@${digestOf('a')}`)
  expect(pinReference(pinned, digestOf('a'))).toEqual(pinned)
})

test('hole 4: `repo@D1` never becomes `repo@D2`', () => {
  const pinned = parseReference(`r.io/app:1@${digestOf('a')}`)
  expect(() => pinReference(pinned, digestOf('b'))).toThrow(
    new RangeError(
      `image r.io/app:1@${digestOf('a')} is pinned already and cannot be pinned to ${digestOf('b')}`,
    ),
  )
})

test('a digest is sha256 and 64 lower-case hexadecimal digits, nothing before or after', () => {
  expect(isDigest(digestOf('0'))).toBe(true)
  expect(isDigest(digestOf('A'.toLowerCase()).toUpperCase())).toBe(false)
  expect(isDigest(`${digestOf('0')}\n`)).toBe(false)
  expect(isDigest(` ${digestOf('0')}`)).toBe(false)
})
