/*
 * The rules of what people see: stdout is the result, stderr is the talk. Colours only where the
 * terminal shows them. Nothing that came from outside reaches the terminal unescaped.
 */
import type { Verdict } from '../admission/verdict.ts'
import { escapeUnprintable } from '../text/quote.ts'
import { type Actor, actorOf } from '../trust/errors.ts'
import type { Fact, Step } from '../validators/validator.ts'
import type { Terminal } from './command.ts'

const GREEN = '\u001b[32m'
const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'

/** A verdict, with the steps to it where somebody asked for them. */
export type Explained = Verdict & { readonly steps?: readonly Step[] }

/** Renders `{"images":[...]}`; what is unknown of an image is absent. */
export function renderVerdictsJson(verdicts: readonly Explained[]): string {
  const images = verdicts.map((verdict) => {
    const { image, trusted, rule, validator, steps } = verdict
    return verdict.trusted
      ? { image, trusted, digest: verdict.digest, pinned: verdict.pinned, rule, validator, steps }
      : { image, trusted, rule, validator, code: verdict.code, reason: verdict.reason, steps }
  })
  return renderJson({ images })
}

/** Renders JSON for programs, which is safe to look at too. */
export function renderJson(value: unknown): string {
  return `${escapeLines(JSON.stringify(value, undefined, 2))}\n`
}

/** Tells people what an operator has to know, a line each. */
export function reportTo(terminal: Pick<Terminal, 'err'>) {
  return (message: string, fields: Readonly<Record<string, unknown>>): void =>
    terminal.err(`${message}: ${escapeLines(JSON.stringify(fields))}\n`)
}

/** Escapes all but line breaks and printable ASCII; JSON stays what it was. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeUnprintable).join('\n')
}

/** Renders one line an image, under it what decided and, where they are known, the steps to it. */
export function renderVerdictTable(verdicts: readonly Explained[], colours: boolean): string {
  return verdicts.map((verdict) => renderVerdict(verdict, colours)).join('')
}

function renderVerdict(verdict: Explained, colours: boolean): string {
  const rows: readonly Row[] = verdict.trusted
    ? [
        ['pinned', verdict.pinned],
        ['digest', verdict.digest],
      ]
    : [
        ['reason', verdict.reason],
        ['code', `${verdict.code}, for the ${actorOf(verdict.code)} to act`],
      ]
  const decided: readonly Row[] = [
    ...rows,
    ['rule', verdict.rule],
    ['validator', verdict.validator],
  ]
  return [
    `${paint(verdict.trusted ? 'trusted' : 'not trusted', verdict.trusted, colours)}  ${escapeUnprintable(verdict.image)}`,
    ...renderRows(decided, '  ', 9),
    ...(verdict.steps ?? []).flatMap((step, index) => renderStep(step, index, colours)),
    ...(verdict.steps === undefined || verdict.trusted
      ? []
      : ['', `  ${ADVICE[actorOf(verdict.code)]}`]),
    '',
  ].join('\n')
}

/** Who has to act, for people who asked why. */
const ADVICE: Readonly<Record<Actor, string>> = {
  publisher:
    'The publisher of the image has to act: what there is of signatures is not what the rule asks for.',
  network:
    'Whoever runs the server or the network to it has to act: nothing is known of the image itself.',
  operator:
    'The operator of Connaisseur has to act: its configuration or its credentials are at fault.',
  connaisseur: 'Please report this to the authors of Connaisseur: it should not have happened.',
}

type Row = readonly [name: string, value: string | undefined]

function renderStep({ step, ok, facts }: Step, index: number, colours: boolean): readonly string[] {
  const width = Math.max(...Object.keys(facts).map((name) => name.length))
  const rows = Object.entries(facts).flatMap(([name, fact]) => renderFact(name, fact, width))
  return [
    '',
    `  ${index + 1}. ${escapeUnprintable(step)}${ok ? '' : `  ${paint('failed', ok, colours)}`}`,
    ...rows,
  ]
}

/** Renders a fact in one line, or a list in a line for each entry. */
function renderFact(name: string, fact: Fact, width: number): readonly string[] {
  if (!Array.isArray(fact)) return renderRows([[name, String(fact)]], INDENT, width)
  const lines = fact.map((entry: string | object) =>
    typeof entry === 'string' ? entry : Object.values(entry).join('  '),
  )
  return lines.flatMap((line, index) =>
    renderRows([[index === 0 ? name : '', line]], INDENT, width),
  )
}

const INDENT = ' '.repeat(5)

function renderRows(rows: readonly Row[], indent: string, width: number): readonly string[] {
  return rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`${indent}${name.padEnd(width)}  ${escapeUnprintable(value)}`],
  )
}

function paint(text: string, isGood: boolean, colours: boolean): string {
  return colours ? `${isGood ? GREEN : RED}${text}${PLAIN}` : text
}
