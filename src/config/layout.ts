import type { Finding, Path } from './problem.ts'
import { isSection } from './section.ts'

/** A configuration, and how its paths read in the file that it came in. */
export interface Layout {
  readonly root: unknown
  toFilePath(path: Path): Path
  /** With paths of the file. */
  readonly findings: readonly Finding[]
  /** With paths of the file. */
  readonly warnings: readonly Finding[]
}

/** The keys that whoever writes them beside `application:` expects to count. */
const MISPLACED = ['validators', 'policy', 'features', 'logLevel', 'logFormat']

/**
 * Takes the configuration out of a file: the whole file or, if it has a key `application:` as Helm
 * values of Connaisseur do, that and `alerting:`. All other keys of such a file are not ours.
 */
export function readLayout(file: unknown): Layout {
  if (!isSection(file) || file['application'] === undefined) {
    return { root: file, toFilePath: (path) => path, findings: [], warnings: [] }
  }
  const { application, alerting } = file
  const { alerting: misplaced, ...rest } = isSection(application) ? application : {}
  const findings: Finding[] = []
  if (!isSection(application)) {
    findings.push({
      path: ['application'],
      at: 'value',
      message: '"application" is not a mapping.',
      fix: 'Write validators and policy below it.',
    })
  }
  if (misplaced !== undefined) {
    findings.push({
      path: ['application', 'alerting'],
      at: 'key',
      message: 'unknown key "alerting" in "application".',
      fix: 'Write it beside "application", not below.',
    })
  }
  return {
    root: isSection(application)
      ? { ...rest, ...(alerting !== undefined && { alerting }) }
      : application,
    toFilePath: (path) => (path[0] === 'alerting' ? path : ['application', ...path]),
    findings,
    warnings: MISPLACED.filter((key) => file[key] !== undefined).map((key) => ({
      path: [key],
      at: 'key',
      message: `"${key}" beside "application" is not read.`,
      fix: 'Write it below "application", or remove it.',
    })),
  }
}
