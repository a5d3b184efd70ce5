import type { Environment } from '../text/variables.ts'
import { parseCosign } from '../validators/cosign/settings.ts'
import { parseNotaryV1 } from '../validators/notary-v1/settings.ts'
import type { ValidatorSettings } from './config.ts'
import type { Finding } from './problem.ts'
import { type Section, toSections } from './section.ts'
import { mention } from './wording.ts'

/** What rules need to know of a validator, even of one that is refused. */
export interface Named {
  /** Absent where the type is unknown or not supported yet. */
  readonly type?: ValidatorSettings['type']
  /** Absent where the validator has none, or they do not have the shape of a list of names. */
  readonly trustRoots?: readonly string[]
}

/** The sections of `validators` as far as they are sound. */
export interface Validators {
  readonly settings: readonly ValidatorSettings[]
  readonly named: ReadonlyMap<string, Named>
  /** False if a section hides its name: a name that is not in `named` may exist all the same. */
  readonly allNamed: boolean
  readonly findings: readonly Finding[]
}

/**
 * Parses the sections of `validators`, whose credentials may refer to the environment. What the
 * schema finds is not found again.
 */
export function parseValidators(sections: unknown, environment: Environment): Validators {
  const settings: ValidatorSettings[] = []
  const named = new Map<string, Named>()
  const findings: Finding[] = []
  const list = toSections(sections)
  for (const [index, section] of list.entries()) {
    const path = ['validators', String(index)]
    const { name } = section
    if (typeof name === 'string') {
      if (named.has(name)) {
        findings.push({
          path: [...path, 'name'],
          at: 'value',
          message: `two validators are named ${mention(name)}.`,
          fix: 'Write another name for one of them.',
        })
      }
      named.set(name, describe(section))
    }
    const parsed = parseSection(section, environment, (at, message, fix) => {
      findings.push({ path: [...path, ...at], at: 'value', message, fix })
    })
    if (parsed !== undefined) settings.push(parsed)
  }
  const allNamed = list.length > 0 && list.every(({ name }) => typeof name === 'string')
  return { settings, named, allNamed, findings }
}

function parseSection(
  section: Section,
  environment: Environment,
  report: Parameters<typeof parseNotaryV1>[2],
): ValidatorSettings | undefined {
  const { type, name, approve } = section
  switch (type) {
    case 'static':
      return typeof name === 'string' && typeof approve === 'boolean'
        ? { type, name, approve }
        : undefined
    case 'notaryv1':
      return parseNotaryV1(section, environment, report)
    case 'cosign':
      return parseCosign(section, environment, report)
    default:
      return undefined
  }
}

function describe({ type, trustRoots }: Section): Named {
  if (type === 'static') return { type }
  if (type !== 'notaryv1' && type !== 'cosign') return {}
  const names = toSections(trustRoots).map(({ name }) => name)
  const isComplete = names.length > 0 && names.every((name) => typeof name === 'string')
  return isComplete ? { type, trustRoots: names } : { type }
}
