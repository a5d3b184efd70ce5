/*
 * The rules of what people see: stdout is the result, stderr is the talk. Colours only where the
 * terminal shows them. Nothing that came from outside reaches the terminal unescaped.
 */
import type { Verdict } from '../admission/verdict.ts'
import { escapeUnprintable } from '../text/quote.ts'
import { actorOf } from '../trust/errors.ts'

const GREEN = '\u001b[32m'
const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'

/** Renders `{"images":[...]}`; what is unknown of an image is absent. */
export function renderVerdictsJson(verdicts: readonly Verdict[]): string {
  const images = verdicts.map((verdict) => {
    const { image, trusted, rule, validator } = verdict
    return verdict.trusted
      ? { image, trusted, digest: verdict.digest, pinned: verdict.pinned, rule, validator }
      : { image, trusted, rule, validator, code: verdict.code, reason: verdict.reason }
  })
  return `${JSON.stringify({ images }, undefined, 2)}\n`
}

/** Renders one line an image, and under it what decided. */
export function renderVerdictTable(verdicts: readonly Verdict[], colours: boolean): string {
  return verdicts.map((verdict) => renderVerdict(verdict, colours)).join('')
}

function renderVerdict(verdict: Verdict, colours: boolean): string {
  const word = verdict.trusted ? 'trusted' : 'not trusted'
  const shown = colours ? `${verdict.trusted ? GREEN : RED}${word}${PLAIN}` : word
  const rows = verdict.trusted
    ? [
        ['pinned', verdict.pinned],
        ['digest', verdict.digest],
      ]
    : [
        ['reason', verdict.reason],
        ['code', `${verdict.code}, for the ${actorOf(verdict.code)} to act`],
      ]
  const decided = [...rows, ['rule', verdict.rule], ['validator', verdict.validator]]
  return [
    `${shown}  ${escapeUnprintable(verdict.image)}`,
    ...decided.flatMap(([name = '', value]) =>
      value === undefined ? [] : [`  ${name.padEnd(9)}  ${escapeUnprintable(value)}`],
    ),
    '',
  ].join('\n')
}
