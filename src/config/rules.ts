import { type Pattern, parsePattern } from '../policy/pattern.ts'
import { findTies } from '../policy/ties.ts'
import { parseDelegations } from '../validators/notary-v1/settings.ts'
import type { RuleOptions, RuleSettings } from './config.ts'
import type { Finding, Path } from './problem.ts'
import { DEFAULT_NAME, findDangling } from './references.ts'
import { type Section, toSection, toSections } from './section.ts'
import type { Validators } from './validators.ts'
import { mention } from './wording.ts'

/** The rules of a policy as far as they are sound. */
export interface Rules {
  readonly settings: readonly RuleSettings[]
  readonly findings: readonly Finding[]
}

/** Parses the rules and resolves what they refer to. What the schema finds is not found again. */
export function parseRules(
  sections: unknown,
  validators: Validators,
  lineOf: (path: Path) => number,
): Rules {
  const findings: Finding[] = []
  const paths = new Map<RuleSettings, Path>()
  for (const [index, section] of toSections(sections).entries()) {
    const path = ['policy', String(index)]
    findings.push(...findDangling(section, validators, path))
    const pattern = parseRulePattern(section['pattern'], path, findings)
    const options = parseOptions(toSection(section['with']), [...path, 'with'], findings)
    if (pattern !== undefined) paths.set(toRule(section, pattern, options, lineOf(path)), path)
  }
  const settings = [...paths.keys()]
  findings.push(...findTies(settings).map((tie) => describeTie(tie, paths)))
  return { settings, findings }
}

function parseRulePattern(text: unknown, path: Path, findings: Finding[]): Pattern | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  try {
    return parsePattern(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    findings.push({
      path: [...path, 'pattern'],
      at: 'value',
      message: `${error.message}.`,
      fix: 'Write a pattern such as "registry.example.com/team/*:*".',
    })
    return undefined
  }
}

function toRule(
  section: Section,
  pattern: Pattern,
  options: RuleOptions,
  line: number,
): RuleSettings {
  const { validator, verify } = section
  return {
    pattern,
    validator: typeof validator === 'string' ? validator : DEFAULT_NAME,
    verify: verify !== false,
    with: options,
    line,
  }
}

function parseOptions(section: Section, path: Path, findings: Finding[]): RuleOptions {
  const { trustRoot, mode, threshold, required } = section
  const delegations = parseNames(section['delegations'], path, findings)
  return {
    trustRoot: typeof trustRoot === 'string' ? trustRoot : DEFAULT_NAME,
    mode: mode === 'insecureValidateOnly' ? mode : 'mutate',
    ...(delegations && { delegations }),
    ...(typeof threshold === 'number' && { threshold }),
    ...(isNames(required) && { required }),
    verifyInTransparencyLog: section['verifyInTransparencyLog'] !== false,
    verifySCT: section['verifySCT'] !== false,
  }
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function parseNames(names: unknown, path: Path, findings: Finding[]) {
  if (!isNames(names) || names.includes('')) return undefined
  try {
    return parseDelegations(names)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    findings.push({
      path: [...path, 'delegations'],
      at: 'value',
      message: `"delegations" is not usable: ${error.message}.`,
      fix: 'Write names such as [alice, bob] or [targets/releases/alice].',
    })
    return undefined
  }
}

function describeTie(
  [earlier, later]: readonly [RuleSettings, RuleSettings],
  paths: ReadonlyMap<RuleSettings, Path>,
): Finding {
  const first = mention(earlier.pattern.written)
  const second = mention(later.pattern.written)
  return {
    path: [...(paths.get(later) ?? []), 'pattern'],
    at: 'value',
    message: `the pattern ${second} ties with ${first} of the rule on line ${earlier.line}.`,
    fix: 'Remove one of the rules, or make one pattern more specific.',
  }
}
