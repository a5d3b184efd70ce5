import type { Finding, Path } from './problem.ts'

/** A key of the reference that this version does not act on. */
interface Later {
  /** Path from `application:` (or from the top, for `alerting`); `*` is every entry. */
  readonly path: string
  /** Set where only this value is meant. */
  readonly value?: unknown
  readonly fix: string
}

const TYPES = 'Use a validator of type cosign, notaryv1 or static.'

/** Ignoring these would weaken a verdict or verify less than was asked for: refused. */
const REFUSED: readonly Later[] = [
  { path: 'validators/*/type', value: 'notation', fix: TYPES },
  {
    path: 'validators/*/auth/useKeychain',
    fix: 'Write secretName: NAME, the name of a folder with secret.yaml or .dockerconfigjson.',
  },
]

/** Ignoring these costs comfort or speed but lets nothing more in: accepted, with a warning. */
const INERT: readonly Later[] = [
  {
    path: 'validators/*/host/rekor',
    fix: 'Remove it: log entries come with the signatures, and no log is asked.',
  },
]

/** Finds the keys that are refused because this version does not support them yet. */
export function findRefused(file: unknown): readonly Finding[] {
  return find(file, REFUSED, (what) => `${what} is not supported by this version yet.`)
}

/** Finds the keys that are accepted but have no effect yet. */
export function findInert(file: unknown): readonly Finding[] {
  return find(file, INERT, (what) => `${what} has no effect in this version yet.`)
}

function find(
  file: unknown,
  table: readonly Later[],
  say: (what: string) => string,
): readonly Finding[] {
  const findings: Finding[] = []
  for (const { path: pattern, value, fix } of table) {
    for (const [path, found] of expand(file, pattern.split('/'), [])) {
      if (value !== undefined && found !== value) continue
      const key = path.at(-1)
      const what = value === undefined ? `"${key}"` : `"${key}: ${value}"`
      findings.push({ path, at: 'key', message: say(what), fix })
    }
  }
  return findings
}

function* expand(value: unknown, pattern: Path, path: Path): Generator<[Path, unknown]> {
  const [head, ...rest] = pattern
  if (head === undefined) {
    yield [path, value]
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of head === '*' ? Object.entries(value) : own(value, head)) {
    yield* expand(member, rest, [...path, key])
  }
}

function own(value: object, key: string): [string, unknown][] {
  return Object.hasOwn(value, key) ? [[key, Reflect.get(value, key)]] : []
}
