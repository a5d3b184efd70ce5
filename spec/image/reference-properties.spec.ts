import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseReference, renderReference } from '../../src/image/reference.ts'

const word = fc.stringMatching(/^[a-z0-9]{1,6}$/)
const component = fc
  .array(fc.tuple(word, fc.constantFrom('.', '_', '__', '-', '---')), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.map(([text, joint], index) => (index === 0 ? text : joint + text)).join(''))
const registry = fc.constantFrom(
  '',
  'acme/',
  'docker.io/',
  'Evil.IO:5000/',
  'localhost/',
  '[::1]:80/',
  'Up:1/',
)
const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined })
const digest = fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined })
const written = fc
  .tuple(registry, fc.array(component, { minLength: 1, maxLength: 3 }), tag, digest)
  .map(
    ([host, path, name, hex]) =>
      host +
      (host === '' ? (path[0] ?? '') : path.join('/')) +
      (name === undefined ? '' : `:${name}`) +
      (hex === undefined ? '' : `@sha256:${hex}`),
  )

test('a rendered reference parses to itself', () => {
  fc.assert(
    fc.property(written, (text) => {
      const reference = parseReference(text)
      expect(parseReference(renderReference(reference))).toEqual(reference)
    }),
    { numRuns: 500 },
  )
})

test('no text gets anything but a reference or a SyntaxError', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...'aA0.:/@-_[]*? \n'), maxLength: 40 }),
    written.chain((text) =>
      fc.nat(text.length).map((at) => `${text.slice(0, at)}:${text.slice(at)}`),
    ),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        const reference = parseReference(text)
        expect(parseReference(renderReference(reference))).toEqual(reference)
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a long hostile text is refused for its length before it is read', () => {
  for (const unit of ['a', 'a-', '-', '.', '/', ':', '@', 'a.', '[', ' ']) {
    const text = unit.repeat(5_000_000)
    expect(() => parseReference(text)).toThrow(`has ${text.length} characters, more than 1024`)
  }
})

test('texts that make a backtracking parser slow are refused at the full length allowed', () => {
  for (const unit of ['a-', '-', '.', '/a', '_', 'a.', 'a__']) {
    const text = `r.io/${unit.repeat(1000).slice(0, 1000)}!`
    expect(() => parseReference(text)).toThrow(SyntaxError)
  }
})
