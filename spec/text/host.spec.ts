import { expect, test } from 'bun:test'
import { isHostOf } from '../../src/text/host.ts'

test.each([
  ['notary.example', 'https://notary.example', true],
  ['NOTARY.example', 'https://notary.example/prefix', true],
  ['notary.example:443', 'https://notary.example', true],
  ['notary.example:80', 'http://notary.example', true],
  ['notary.example:80', 'https://notary.example', false],
  ['notary.example', 'https://notary.example:4443', false],
  ['notary.example:4443', 'https://notary.example:4443', true],
  ['[::1]:4443', 'https://[::1]:4443', true],
  ['notary.example.evil.example', 'https://notary.example', false],
  ['notary.example@evil.example', 'https://evil.example', false],
  ['https://notary.example', 'https://notary.example', false],
  ['notary.example/', 'https://notary.example', false],
  ['', 'https://notary.example', false],
])('%p of %p: %p', (written, url, is) => {
  expect(isHostOf(written, url)).toBe(is)
})
