import { parseReference, renderReference } from '../../../src/image/reference.ts'
import { compilePolicy } from '../../../src/policy/match.ts'
import { parsePattern } from '../../../src/policy/pattern.ts'
import type { Random } from '../../support/random.ts'
import { compose, mutateText } from '../mutate.ts'
import { Finding, type Target } from '../target.ts'

const PIECES = [
  'a',
  'nginx',
  'library',
  'docker.io',
  'index.docker.io',
  'localhost',
  ':',
  ':5000',
  '/',
  '//',
  '@',
  '.',
  '..',
  '-',
  '--',
  '_',
  '__',
  'A',
  '*',
  '?',
  ':1',
  ':latest',
  ' ',
  '%2f',
  '\\',
  '[::1]',
  'é',
  '\u0430',
  '\0',
  `@sha256:${'a'.repeat(64)}`,
  'sha256:',
  'x'.repeat(300),
  'registry.k8s.io/',
  'evil.example/',
  'http://',
]

const KNOWN = [
  'nginx',
  'registry.k8s.io/pause:3.9',
  `localhost:5000/a/b:1@sha256:${'a'.repeat(64)}`,
]

const PATTERNS = ['*:*', 'registry.k8s.io/*:*', 'docker.io/library/*', 'a?c/**/x:?']

/** Image names. */
export const referenceTarget: Target = {
  name: 'reference',
  attempt(random) {
    const text = makeName(KNOWN, random)
    const reference = tryParse(() => parseReference(text))
    if (reference === undefined) return
    const rendered = renderReference(reference)
    if (renderReference(parseReference(rendered)) !== rendered) {
      throw new Finding(`${rendered} is read as another name`, text)
    }
    if (/[^!-~]/.test(rendered)) throw new Finding('a name that cannot be printed', text)
  },
}

/** Patterns of rules, and what they match: a rule for one registry is for no other. */
export const patternTarget: Target = {
  name: 'pattern',
  attempt(random) {
    const [written, name] = [makeName(PATTERNS, random), makeName(KNOWN, random)]
    const patterns = ['registry.k8s.io/*:*', written].flatMap((text) => {
      const pattern = tryParse(() => parsePattern(text))
      return pattern === undefined ? [] : [pattern]
    })
    const policy = compilePolicy(patterns.map((pattern) => ({ pattern })))
    const reference = tryParse(() => parseReference(name))
    if (reference === undefined) return
    const match = policy.match(reference)
    if (match.kind !== 'rule' || match.rule.pattern.written !== 'registry.k8s.io/*:*') return
    if (!['registry.k8s.io', 'registry.k8s.io:443'].includes(reference.registry)) {
      throw new Finding(`${renderReference(reference)} matches ${match.rule.pattern.written}`, name)
    }
  },
}

function makeName(known: readonly string[], random: Random): string {
  return random.below(2) === 0 ? compose(PIECES, random) : mutateText(random.pick(known), random)
}

function tryParse<Result>(parse: () => Result): Result | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
