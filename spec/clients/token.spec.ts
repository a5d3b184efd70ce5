import { expect, test } from 'bun:test'
import { parseToken } from '../../src/clients/token.ts'

const parse = (text: string) => parseToken(Buffer.from(text))

test.each<[string, unknown]>([
  ['{"token":"a.b-c"}', { token: 'a.b-c', lifetimeMs: 60_000 }],
  ['{"access_token":"a","expires_in":300}', { token: 'a', lifetimeMs: 300_000 }],
  ['{"token":"a","access_token":"b","expires_in":0}', { token: 'a', lifetimeMs: 0 }],
  ['{"token":"a","expires_in":1e12}', { token: 'a', lifetimeMs: 86_400_000 }],
])('%s is a token', (text, token) => {
  expect(parse(text)).toEqual(token as ReturnType<typeof parse>)
})

test.each([
  ['{"token":""}', 'no token'],
  ['{"token":"a b"}', 'no token'],
  ['{"token":"a\\r\\nX: y"}', 'no token'],
  ['{"token":"\\u00e9"}', 'no token'],
  [`{"token":"${'x'.repeat(16_385)}"}`, 'no token'],
  ['{"token":1}', 'no token'],
  ['{}', 'no token'],
  ['{"token":"a","expires_in":"300"}', 'no number'],
  ['{"token":"a","expires_in":-1}', 'no number'],
  ['null', 'no object'],
  ['hunter2', 'not JSON'],
  ['', 'not JSON'],
])('%s is none', (text, why) => {
  expect(() => parse(text)).toThrow(why)
})

test('what is no UTF-8 is no token', () => {
  expect(() => parseToken(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not JSON')
})
