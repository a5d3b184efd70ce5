import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseReference } from '../../src/image/reference.ts'
import { compilePolicy } from '../../src/policy/match.ts'
import { parsePattern } from '../../src/policy/pattern.ts'

/** Ways to write a registry, and the one that is meant; `` is Docker Hub, where `a` is `library/a`. */
const REGISTRIES = new Map([
  ['', ''],
  ['docker.io/', ''],
  ['Index.Docker.io/', ''],
  ['docker.io:443/', ''],
  ['r.io/', 'r.io/'],
  ['R.io:443/', 'r.io/'],
  ['r.io:5000/', 'r.io:5000/'],
  ['localhost/', 'localhost/'],
])

const name = fc.record({
  registry: fc.constantFrom(...REGISTRIES.keys()),
  path: fc.constantFrom('a', 'b', 'library/a', 'a/a'),
  tag: fc.constantFrom('', ':1', ':latest', ':V1'),
  digest: fc.constantFrom('', ...['a', 'b'].map((digit) => `@sha256:${digit.repeat(64)}`)),
})
type Name = typeof name extends fc.Arbitrary<infer Value> ? Value : never

function write({ registry, path, tag, digest }: Name): string {
  return `${registry}${path}${tag}${digest}`
}

/** Says which repository is meant, by a table. */
function repositoryOf({ registry, path }: Name): string {
  const meant = REGISTRIES.get(registry) ?? registry
  return `${meant}${meant === '' && !path.includes('/') ? 'library/' : ''}${path}`
}

/** Says which tag runs: none is `latest`, unless there is a digest. */
function tagOf({ tag, digest }: Name): string {
  return tag === '' && digest === '' ? ':latest' : tag
}

test('a pattern that is a name matches this image however it is written, and no other', () => {
  let matches = 0
  fc.assert(
    fc.property(name, name, (pattern, image) => {
      const policy = compilePolicy([{ pattern: parsePattern(write(pattern)) }])
      const expected =
        repositoryOf(pattern) === repositoryOf(image) &&
        (pattern.tag === '' || pattern.tag === tagOf(image)) &&
        (pattern.digest === '' || pattern.digest === image.digest)
      if (expected) matches++
      const { kind } = policy.match(parseReference(write(image)))
      expect([write(image), kind]).toEqual([write(image), expected ? 'rule' : 'none'])
    }),
    { numRuns: 3000 },
  )
  expect(matches).toBeGreaterThan(50)
})
