import { findNearest } from './nearest.ts'
import type { Finding, Path } from './problem.ts'
import { OPTIONS } from './schema.ts'
import { isSection, type Section, toSection } from './section.ts'
import { findMisshapen } from './shape.ts'
import { findImpossible } from './thresholds.ts'
import type { Named, Validators } from './validators.ts'
import { enumerate, mention } from './wording.ts'

/** The name of the validator, and of the trust root, that a rule means if it names none. */
export const DEFAULT_NAME = 'default'

/**
 * Finds what a rule refers to and is not there, and options that do not fit its validator. A rule
 * that verifies nothing needs neither validator nor trust root, but one that it names must exist.
 */
export function findDangling(
  rule: Section,
  { named: validators, allNamed }: Validators,
  path: Path,
): readonly Finding[] {
  const { validator = DEFAULT_NAME } = rule
  if (typeof validator !== 'string' || validator === '') return []
  const named = validators.get(validator)
  if (named === undefined && allNamed && isNeeded(rule, 'validator')) {
    return [missingValidator(rule, validator, validators, path)]
  }
  return [
    ...findUnfit(rule, named, path),
    ...findMissingRoot(rule, validator, named, path),
    ...findImpossible(rule, named, path),
  ]
}

function isNeeded(section: Section, key: string, verify: unknown = section['verify']): boolean {
  return section[key] !== undefined || verify !== false
}

function missingValidator(
  rule: Section,
  name: string,
  validators: ReadonlyMap<string, Named>,
  path: Path,
): Finding {
  const nearest = findNearest(name, validators.keys())
  const others = [...validators.keys()].map(mention)
  const choice = nearest === undefined ? enumerate(others) : mention(nearest)
  const fix = `Write validator: ${choice === '' ? 'and the name of one' : choice}.`
  return rule['validator'] === undefined
    ? {
        path,
        at: 'value',
        message: `the rule names no validator and none is named ${mention(name)}.`,
        fix,
      }
    : {
        path: [...path, 'validator'],
        at: 'value',
        message: `the validator ${mention(name)} does not exist.`,
        fix,
      }
}

function findUnfit(rule: Section, named: Named | undefined, path: Path): readonly Finding[] {
  const options = rule['with']
  if (!isSection(options)) return []
  // A validator of unknown type is refused itself; a rule without validator may have any options.
  if (named !== undefined && named.type === undefined) return []
  return findMisshapen(OPTIONS[named?.type ?? 'notaryv1'], options, [...path, 'with'])
}

function findMissingRoot(
  rule: Section,
  validator: string,
  named: Named | undefined,
  path: Path,
): readonly Finding[] {
  const roots = named?.trustRoots
  const options = toSection(rule['with'])
  const { trustRoot = DEFAULT_NAME } = options
  if (roots === undefined || typeof trustRoot !== 'string' || trustRoot === '') return []
  if (trustRoot === '*' || roots.includes(trustRoot)) return []
  if (!isNeeded(options, 'trustRoot', rule['verify'])) return []
  const nearest = findNearest(trustRoot, roots)
  const choice = nearest === undefined ? enumerate([...roots, '*'].map(mention)) : mention(nearest)
  const fix = `Write trustRoot: ${choice}${options['trustRoot'] === undefined ? ' below with' : ''}.`
  return options['trustRoot'] === undefined
    ? [
        {
          path,
          at: 'value',
          message: `the rule names no trust root and none of ${mention(validator)} is named "default".`,
          fix,
        },
      ]
    : [
        {
          path: [...path, 'with', 'trustRoot'],
          at: 'value',
          message: `the validator ${mention(validator)} has no trust root ${mention(trustRoot)}.`,
          fix,
        },
      ]
}
