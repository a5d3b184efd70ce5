/** One thing wrong in a configuration file, with its remedy. Holds no key material and no secret. */
export interface Problem {
  /** 1-based. */
  readonly line: number
  /** 1-based, in UTF-16 units. */
  readonly column: number
  /** What is wrong: a lower-case sentence with its full stop. */
  readonly message: string
  /** What to write instead: a sentence with its full stop. */
  readonly fix: string
}

/** A refused configuration file. The message lists every problem, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly file: string
  /** Sorted by position, at least one. */
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = problems.toSorted(byPosition)
    super(sorted.map((problem) => formatProblem(file, problem)).join('\n'))
    this.file = file
    this.problems = sorted
  }
}

/** Renders a problem as `file:line:column: what is wrong. What to write instead.` */
export function formatProblem(file: string, { line, column, message, fix }: Problem): string {
  return `${file}:${line}:${column}: ${message} ${fix}`
}

/** Orders problems as a reader of the file meets them. */
export function byPosition(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column
}

/** The way from the top of a file to a value: keys, and indexes of lists in decimal. */
export type Path = readonly string[]

/** A problem of a value that is known by its path; `at: 'key'` points at the key before it. */
export interface Finding {
  readonly path: Path
  readonly at: 'key' | 'value'
  readonly message: string
  readonly fix: string
}
