import { findNearest } from './nearest.ts'
import type { Finding, Path } from './problem.ts'
import { type Section, toSection } from './section.ts'
import type { Named } from './validators.ts'
import { enumerate, mention } from './wording.ts'

/**
 * Finds `threshold` and `required` of a cosign rule that nobody could fulfil, or that would be
 * overlooked. `path` leads to the rule.
 */
export function findImpossible(
  rule: Section,
  named: Named | undefined,
  path: Path,
): readonly Finding[] {
  if (named?.type !== 'cosign') return []
  const { trustRoot, threshold, required } = toSection(rule['with'])
  const at = [...path, 'with']
  const misplaced = (['threshold', 'required'] as const).flatMap((key): readonly Finding[] => {
    const isGiven = { threshold, required }[key] !== undefined
    if (!isGiven || trustRoot === '*') return []
    return [
      {
        path: [...at, key],
        at: 'key',
        message: `"${key}" stands beside one trust root, whose signature is needed anyway.`,
        fix: 'Write trustRoot: "*" beside it, or remove it.',
      },
    ]
  })
  if (misplaced.length > 0 || named.trustRoots === undefined) return misplaced
  return [
    ...findTooHigh(threshold, named.trustRoots, at),
    ...findUnknown(required, named.trustRoots, at),
  ]
}

function findTooHigh(
  threshold: unknown,
  { length }: readonly string[],
  at: Path,
): readonly Finding[] {
  if (typeof threshold !== 'number' || threshold <= length) return []
  return [
    {
      path: [...at, 'threshold'],
      at: 'value',
      message: `"threshold" is ${threshold}, but the validator has ${length} trust ${length === 1 ? 'root' : 'roots'}.`,
      fix: `Write ${length} or less.`,
    },
  ]
}

function findUnknown(required: unknown, roots: readonly string[], at: Path): readonly Finding[] {
  if (!Array.isArray(required)) return []
  return required.flatMap((name: unknown, index): readonly Finding[] => {
    if (typeof name !== 'string' || name === '' || roots.includes(name)) return []
    const nearest = findNearest(name, roots)
    return [
      {
        path: [...at, 'required', String(index)],
        at: 'value',
        message: `the validator has no trust root ${mention(name)}.`,
        fix: `Write ${nearest === undefined ? enumerate(roots.map(mention)) : mention(nearest)}.`,
      },
    ]
  })
}
