import { parseReference } from '../src/image/reference.ts'
import { compilePolicy, type Policy } from '../src/policy/match.ts'
import { type Pattern, parsePattern } from '../src/policy/pattern.ts'
import { timeSync, wallUs } from './stopwatch.ts'

const RULES = 10_000

/** A way in which people have many rules, and an image with the pattern that has to win for it. */
interface Shape {
  readonly name: string
  readonly pattern: (index: number) => string
  readonly image: string
  readonly winner: string
}

const SHAPES: readonly Shape[] = [
  {
    name: 'a rule per repository',
    pattern: (index) => `registry.example/team-${index % 100}/app-${index}:*`,
    image: 'registry.example/team-77/app-7777:1.4.2',
    winner: 'registry.example/team-77/app-7777:*',
  },
  {
    name: 'a rule per registry',
    pattern: (index) => `r${index}.registry.example/*:*`,
    image: 'r7777.registry.example/team/app:1.4.2',
    winner: 'r7777.registry.example/*:*',
  },
  {
    name: 'no rule but `*:*` fits',
    pattern: (index) => `registry.example/team-${index % 100}/app-${index}:*`,
    image: 'docker.io/library/nginx:1.27',
    winner: '*:*',
  },
  {
    name: 'a pinned image',
    pattern: (index) => `registry.example/team-${index % 100}/app-${index}:*`,
    image: `registry.example/team-77/app-7777:1.4.2@sha256:${'a'.repeat(64)}`,
    winner: 'registry.example/team-77/app-7777:*',
  },
  {
    name: 'a `*` in front',
    pattern: (index) => `*/team-${index % 100}/app-${index}:*`,
    image: 'registry.example/team-77/app-7777:1.4.2',
    winner: '*/team-77/app-7777:*',
  },
  {
    name: 'a `*` in the middle',
    pattern: (index) => `registry.example/*/app-${index}:*`,
    image: 'registry.example/a/long/path/of/components/app-7777:1.4.2',
    winner: 'registry.example/*/app-7777:*',
  },
]

/** Microseconds in which the rule of an image is found, by the shape of the policy. */
export type RuleTimes = ReadonlyMap<string, readonly number[]>

/** Times `policy.match` among 10 000 rules, the parsing of the image not counted. */
export function measureRules(): RuleTimes {
  return new Map(SHAPES.map((shape) => [shape.name, measureShape(shape)]))
}

function measureShape({ pattern, image, winner }: Shape): readonly number[] {
  const texts = ['*:*', ...Array.from({ length: RULES - 1 }, (_, index) => pattern(index))]
  const policy = compilePolicy(texts.map((text) => ({ pattern: parsePattern(text) })))
  const reference = parseReference(image)
  const found = findWinner(policy, image)
  if (found !== winner) throw new Error(`${found} was found for ${image}, not ${winner}`)
  return timeSync(wallUs, () => policy.match(reference))
}

function findWinner(policy: Policy<{ readonly pattern: Pattern }>, image: string): string {
  const match = policy.match(parseReference(image))
  return match.kind === 'rule' ? match.rule.pattern.written : match.kind
}
