import { expect, test } from 'bun:test'
import { actorOf, TrustError } from '../../src/trust/errors.ts'

test.each([
  ['UNTRUSTED_NOT_SIGNED', 'publisher'],
  ['UNAVAILABLE_TIMEOUT', 'network'],
  ['MISCONFIGURED_CREDENTIALS', 'operator'],
  ['INTERNAL', 'connaisseur'],
] as const)('the first word of %s says that the %s has to act', (code, actor) => {
  expect(actorOf(code)).toBe(actor)
})

test('a trust error keeps its code, its name and its cause', () => {
  const cause = new SyntaxError('no JSON value')
  const error = new TrustError('UNTRUSTED_MALFORMED_METADATA', 'malformed', { cause })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'TrustError',
    code: 'UNTRUSTED_MALFORMED_METADATA',
    message: 'malformed',
    cause,
  })
})
