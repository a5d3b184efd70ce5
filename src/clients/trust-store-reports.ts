import type { Report } from './report.ts'

/** Repositories whose reports are remembered; beyond that some may be heard twice. */
const MAX_REPOSITORIES = 1000

/** Reports each thing that is wrong with a repository once, until that repository was saved. */
export class OnceReports {
  readonly #report: Report
  readonly #told = new Map<string, Set<string>>()

  constructor(report: Report) {
    this.#report = report
  }

  /** Reports, unless the same was reported of the repository before. */
  tell(repository: string, message: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#told.size >= MAX_REPOSITORIES && !this.#told.has(repository)) this.#told.clear()
    const told = this.#told.get(repository) ?? new Set()
    this.#told.set(repository, told)
    const text = JSON.stringify([message, fields])
    if (told.has(text)) return
    told.add(text)
    this.#report(message, fields)
  }

  /** Says that all is well with a repository, so that the next problem is news. */
  clear(repository: string): void {
    this.#told.delete(repository)
  }
}
