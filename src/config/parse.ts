import { createHash } from 'node:crypto'
import type { Static } from '@sinclair/typebox'
import { parseAlerting } from '../reporting/alerts/settings.ts'
import type { Environment } from '../text/variables.ts'
import type { Config } from './config.ts'
import { type Document, parseYaml } from './document.ts'
import { findInert, findRefused } from './later.ts'
import { type Layout, readLayout } from './layout.ts'
import { byPosition, ConfigError, type Finding, type Path, type Problem } from './problem.ts'
import { parseRules } from './rules.ts'
import { ConfigFile } from './schema.ts'
import { toSection } from './section.ts'
import { findMisshapen } from './shape.ts'
import { parseValidators } from './validators.ts'

/**
 * Parses a configuration file, or a file of Helm values with `application:` and `alerting:`.
 * Throws a `ConfigError` with all problems at once. `file` is its name in messages, `environment`
 * what credentials may refer to.
 */
export function parseConfig(text: string, file: string, environment: Environment = {}): Config {
  const document = parseYaml(text)
  if (document.value === undefined) throw new ConfigError(file, document.problems)
  const layout = readLayout(document.value)
  const { root } = layout
  const sections = toSection(root)
  const validators = parseValidators(sections['validators'], environment)
  const lineOf = (path: Path) => document.locate(layout.toFilePath(path), 'value').line
  const rules = parseRules(sections['policy'], validators, lineOf)
  const alertingFindings: Finding[] = []
  const alerting = parseAlerting(sections['alerting'], environment, (path, message, fix) => {
    alertingFindings.push({ path: ['alerting', ...path], at: 'value', message, fix })
  })
  const findings = [
    // First, as these say more of a key than that it is unknown.
    ...findRefused(root),
    ...findMisshapen(ConfigFile, root, []),
    ...validators.findings,
    ...rules.findings,
    ...alertingFindings,
  ]
  const found = toProblems(document, [...layout.findings, ...toFileFindings(layout, findings)])
  const problems = [...document.problems, ...found.filter(isNews(document.problems))]
  if (problems.length > 0) throw new ConfigError(file, problems)
  const warnings = [...layout.warnings, ...toFileFindings(layout, findInert(root))]
  return {
    validators: validators.settings,
    policy: rules.settings,
    ...(alerting !== undefined && { alerting }),
    ...fillDefaults(root as Static<typeof ConfigFile>),
    fingerprint: createHash('sha256').update(text).digest('hex'),
    warnings: toProblems(document, warnings).toSorted(byPosition),
  }
}

const DEFAULT_CACHE = { expirySeconds: 30, cacheErrors: true, staleIfUnavailableSeconds: 0 }

function fillDefaults({
  features = {},
  logLevel = 'info',
  logFormat = 'json',
}: Static<typeof ConfigFile>): Pick<Config, 'features' | 'logLevel' | 'logFormat'> {
  const { automaticUnchangedApproval = false, detectionMode = false } = features
  const { automaticChildApproval = true, namespacedValidation } = features
  const { resourceValidationMode = 'all', cache = {} } = features
  return {
    features: {
      ...(namespacedValidation && { namespacedValidation: namespacedValidation.mode }),
      automaticChildApproval,
      automaticUnchangedApproval,
      detectionMode,
      resourceValidationMode,
      cache: { ...DEFAULT_CACHE, ...cache },
    },
    logLevel,
    logFormat,
  }
}

function toFileFindings({ toFilePath }: Layout, findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, path: toFilePath(finding.path) }))
}

/** Places the findings. Of several about one value the first is kept; rules may share a value. */
function toProblems(document: Document, findings: readonly Finding[]): readonly Problem[] {
  const byPath = new Map<string, Finding>()
  for (const finding of findings) {
    const path = JSON.stringify(finding.path)
    if (!byPath.has(path)) byPath.set(path, finding)
  }
  const problems = new Map<string, Problem>()
  for (const { path, at, message, fix } of byPath.values()) {
    const problem = { ...document.locate(path, at), message, fix }
    problems.set(JSON.stringify(problem), problem)
  }
  return [...problems.values()]
}

/** What stands at the same place as a problem of the YAML, such as a dead alias, follows from it. */
function isNews(known: readonly Problem[]): (problem: Problem) => boolean {
  const places = new Set(known.map(({ line, column }) => `${line}:${column}`))
  return ({ line, column }) => !places.has(`${line}:${column}`)
}
