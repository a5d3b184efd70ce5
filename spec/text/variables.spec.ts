import { expect, test } from 'bun:test'
import { expandVariables } from '../../src/text/variables.ts'

/** A reference to a variable. */
const ref = (name: string) => `\${${name}}`
const ENVIRONMENT = { USER: 'joe', REFERENCE: ref('USER'), EMPTY: '' }

test.each([
  ['plain', 'plain'],
  [ref('USER'), 'joe'],
  [`a-${ref('USER')}-${ref('USER')}`, 'a-joe-joe'],
  [`$${ref('USER')}`, ref('USER')],
  ['$USER $ {USER}', '$USER $ {USER}'],
  [ref('REFERENCE'), ref('USER')],
])('%p is filled in to %p', (text, filled) => {
  expect(expandVariables(text, ENVIRONMENT)).toBe(filled)
})

test.each([
  [ref('MISSING'), 'the environment variable MISSING is not set'],
  [ref('EMPTY'), 'the environment variable EMPTY is not set'],
  [ref('toString'), 'the environment variable toString is not set'],
  [ref(''), 'has no name or no end'],
  [ref('a b'), 'has no name or no end'],
  [ref('USER').slice(0, -1), 'has no name or no end'],
])('%p is refused', (text, why) => {
  expect(() => expandVariables(text, ENVIRONMENT)).toThrow(why)
})
