/*
 * How the story looks: 100 columns, a title, rows under labels, one line of judgement. Colours only
 * on a terminal, and not where NO_COLOR is set. Nothing tells anything by colour alone.
 */
import type { Account, Row, Scene } from './scene.ts'

const WIDTH = 100
const INDENT = ' '.repeat(4)
const LABEL_WIDTH = 11

const STYLES = { bold: '\u001b[1m', dim: '\u001b[2m', good: '\u001b[32m', bad: '\u001b[31m' }
const PLAIN = '\u001b[0m'

const colours = process.stdout.isTTY === true && !process.env['NO_COLOR']

/** Prints lines as they are. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

/** Prints lines that only introduce. */
export function printAside(...lines: readonly string[]): void {
  print(...lines.map((line) => paint('dim', line)))
}

/** Prints a scene that has been played. */
export function printScene(number: number, scene: Scene, { rows, complaints }: Account): void {
  print(paint('bold', `${String(number).padStart(2)}. ${scene.title}`))
  for (const row of rows) printRow(row)
  printRow({ label: 'because', lines: [scene.why] })
  if (complaints.length === 0) printRow({ label: 'outcome', lines: ['as promised'], tone: 'good' })
  else printRow({ label: 'outcome', lines: ['NOT AS PROMISED', ...complaints], tone: 'bad' })
  print('')
}

/** Prints the closing line; nothing else stands on it. */
export function printTotals(passed: number, failed: number): void {
  print(paint(failed === 0 ? 'good' : 'bad', `${passed} passed, ${failed} failed`))
}

function printRow({ label, lines, tone }: Row): void {
  const wrapped = lines.flatMap((line) => wrap(line, WIDTH - INDENT.length - LABEL_WIDTH))
  for (const [index, line] of wrapped.entries()) {
    const name = (index === 0 ? label : '').padEnd(LABEL_WIDTH)
    print(
      `${INDENT}${paint('dim', name)}${tone === undefined ? line : paint(tone, line)}`.trimEnd(),
    )
  }
}

/** Breaks a line between words, and image names that fill a line of their own before the digest. */
function wrap(line: string, width: number): readonly string[] {
  const indent = Math.min(/^ *(?:-[> ])? */.exec(line)?.[0].length ?? 0, width / 2)
  const rows: string[] = []
  let rest = line
  while (rest.length > width) {
    const cut = findCut(rest, indent, width)
    rows.push(rest.slice(0, cut).trimEnd())
    rest = `${' '.repeat(indent)}${rest.slice(cut).trimStart()}`
  }
  return [...rows, rest]
}

/** Always beyond the indent, so that something is left behind. */
function findCut(text: string, indent: number, width: number): number {
  const space = text.lastIndexOf(' ', width)
  const digest = text.lastIndexOf('@', width)
  const [word = ''] = text.slice(space + 1).split(' ', 1)
  const fits = indent + word.length <= width
  if (digest > Math.max(space, indent) && (!fits || space < indent)) return digest
  return space > indent ? space : width
}

function paint(style: keyof typeof STYLES, text: string): string {
  return colours && text !== '' ? `${STYLES[style]}${text}${PLAIN}` : text
}
