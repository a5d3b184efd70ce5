import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parsePattern } from '../../src/policy/pattern.ts'

describe('a pattern is completed as an image name is', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:*', 'docker.io/library/nginx:*'],
    ['nginx@sha256:*', 'docker.io/library/nginx@sha256:*'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['acme/app:*', 'docker.io/acme/app:*'],
    ['acme/*:*', 'docker.io/acme/*:*'],
    ['docker.io/nginx:*', 'docker.io/library/nginx:*'],
    ['index.docker.io/nginx:*', 'docker.io/library/nginx:*'],
    ['Index.Docker.io/acme/app', 'docker.io/acme/app'],
    ['docker.io/*:*', 'docker.io/*:*'],
    ['EVIL.io/app:V1', 'evil.io/app:V1'],
    ['localhost/app', 'localhost/app'],
    ['registry:5000/app', 'registry:5000/app'],
    ['EVIL.io:443/app', 'evil.io/app'],
    ['index.docker.io:443/nginx', 'docker.io/library/nginx'],
    ['r?:443/app', 'r?/app'],
    ['*/team/*:*', '*/team/*:*'],
    ['registr?/app', 'registr?/app'],
    ['*:*', '*:*'],
    ['*', '*'],
    ['registry.example*', 'registry.example*'],
  ])('%s is %s', (written, completed) => {
    expect(parsePattern(written)).toMatchObject({ written, completed })
  })
})

describe('hole 10: a bad pattern is refused at start, with its reason', () => {
  test.each([
    ['an empty one', '', 'pattern "" is empty, write "*:*" to match every image'],
    ['white space', 'r.io/ *', 'contains white space'],
    ['a control character', 'r.io/\u0007', 'contains a control character'],
    ['a character outside ASCII', 'r.io/ä', 'contains a character outside ASCII'],
    ['a bracket', 'r.io/[ab]:*', 'contains "[", but only * and ? are wildcards'],
    ['a closing bracket', 'r.io/b]:*', 'contains "]", but only * and ? are wildcards'],
    ['a brace', 'r.io/{a,b}:*', 'contains "{", but only * and ? are wildcards'],
    ['a closing brace', 'r.io/b}:*', 'contains "}", but only * and ? are wildcards'],
    ['a scheme', 'https://r.io/*', 'contains a scheme, leave it out'],
    ['any registry at port 443', '*:443/app', 'has a wildcard before the port 443'],
    ['513 characters', 'a'.repeat(513), 'has 513 characters, more than 512'],
    ['an empty component', 'r.io//app', 'has an empty component'],
    ['an empty repository', 'docker.io/', 'has an empty component'],
    ['an empty name', 'r.io/:1', 'has an empty component'],
    ['an empty tag', 'nginx:', 'has an empty tag, write ":*" to match every tag'],
    ['an upper-case repository', 'r.io/App:*', 'has an upper-case letter in its name'],
    ['an upper-case namespace', 'Acme/app:*', 'has an upper-case letter in its name'],
    ['a digest that is none', 'nginx@sha256:abc', 'has the digest "sha256:abc", which is not'],
    ['an empty digest', 'nginx@', 'has the digest "", which is not'],
  ])('%s', (_, text, reason) => {
    expect(() => parsePattern(text)).toThrow(SyntaxError)
    expect(() => parsePattern(text)).toThrow(reason)
  })

  test('and 512 characters are accepted', () => {
    expect(parsePattern('*'.repeat(512)).completed).toHaveLength(512)
  })

  test('no text gets anything but a pattern or a SyntaxError', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'aA*?.:/@[{ ') }),
    )
    fc.assert(
      fc.property(text, (written) => {
        try {
          expect(parsePattern(written).written).toBe(written)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
