import { type Summary, summarise } from './statistics.ts'

/** One line of the results. */
export interface Row {
  readonly what: string
  /** Of Connaisseur, one value per round. */
  readonly ours: readonly number[]
  /** Of the baseline, where there is one. */
  readonly baseline?: readonly number[]
  readonly digits: number
  /** What the project wants; a figure beyond it is shown, and fails nothing. */
  readonly mark?: Mark
}

/** A bound on the median, or on the ratio of the medians. */
export type Mark =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly ratioAtLeast: number }

const HEAD = ['measurement', 'Connaisseur', 'bare server', 'ratio', 'mark', 'kept']

/** Renders rows as a Markdown table: medians, the extremes of the rounds, ratios and marks. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(renderRow)]
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const [head = '', ...body] = cells.map((row) => renderLine(row, widths))
  const rule = renderLine(
    widths.map((width) => '-'.repeat(width)),
    widths,
  )
  return [head, rule, ...body].join('\n')
}

function renderLine(row: readonly string[], widths: readonly number[]): string {
  return `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
}

function renderRow({ what, ours, baseline, digits, mark }: Row): readonly string[] {
  const median = summarise(ours).median
  const ratio = baseline === undefined ? undefined : median / summarise(baseline).median
  return [
    what,
    renderSummary(summarise(ours), digits),
    baseline === undefined ? '' : renderSummary(summarise(baseline), digits),
    ratio?.toFixed(2) ?? '',
    ...renderMark(mark, median, ratio),
  ]
}

function renderSummary({ median, min, max }: Summary, digits: number): string {
  const [middle, low, high] = [median, min, max].map((value) => value.toFixed(digits))
  return low === high ? `${middle}` : `${middle} (${low} to ${high})`
}

function renderMark(
  mark: Mark | undefined,
  median: number,
  ratio: number | undefined,
): readonly [mark: string, kept: string] {
  if (mark === undefined) return ['', '']
  if ('atMost' in mark) return [`at most ${mark.atMost}`, median <= mark.atMost ? 'yes' : 'no']
  if ('atLeast' in mark) return [`at least ${mark.atLeast}`, median >= mark.atLeast ? 'yes' : 'no']
  const kept = ratio !== undefined && ratio >= mark.ratioAtLeast
  return [`ratio at least ${mark.ratioAtLeast}`, kept ? 'yes' : 'no']
}
