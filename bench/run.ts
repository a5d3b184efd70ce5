import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measureCachedAdmissions } from './cached-admissions.ts'
import { measureCosignVerdicts } from './cosign-verdicts.ts'
import { measureCosignVerifications } from './cosign-verification.ts'
import { measureKeylessBurst } from './keyless-burst.ts'
import { describeMachine } from './machine.ts'
import { measureMemory } from './memory.ts'
import { measureNotaryAdmissions } from './notary-admissions.ts'
import { ROOT } from './program.ts'
import { toRows } from './results.ts'
import { measureRules } from './rules.ts'
import { measureStarts } from './startup.ts'
import { renderTable } from './table.ts'
import { measureThroughput } from './throughput.ts'
import { measureVerifications } from './verification.ts'
import { openWorkshop } from './workshop.ts'

const README = join(ROOT, 'bench/README.md')
/** The results stand between these two lines. */
const MARKERS = [
  '<!-- results, written by make bench WRITE=1 -->',
  '<!-- end of results -->',
] as const

/** Measures everything, and prints a table. A wrong answer is an error, a slow one is a figure. */
async function bench(): Promise<string> {
  const machine = describeMachine()
  const workshop = await openWorkshop()
  try {
    const starts = await step('starting', () => measureStarts(workshop))
    const memory = await step('memory', () => measureMemory(workshop))
    const throughput = await step('throughput', () => measureThroughput(workshop))
    const cachedAdmissions = await step('cached verdicts', () => measureCachedAdmissions(workshop))
    const rules = await step('rules', measureRules)
    const verifications = await step('verification', measureVerifications)
    const notaryAdmissions = await step('Notary', () => measureNotaryAdmissions(workshop))
    const cosignVerifications = await step('cosign', measureCosignVerifications)
    const cosignVerdicts = await step('cosign and a registry', measureCosignVerdicts)
    const keylessBurst = await step('a burst of keyless signatures', () =>
      measureKeylessBurst(workshop),
    )
    const results = {
      cosignVerifications,
      keylessBurst,
      starts,
      throughput,
      memory,
      rules,
      verifications,
      notaryAdmissions,
      cachedAdmissions,
      cosignVerdicts,
    }
    const rows = toRows(results)
    const date = new Date().toISOString().slice(0, 10)
    return `${date}: ${machine}.\n\n${renderTable(rows)}\n`
  } finally {
    workshop.close()
  }
}

async function step<Result>(
  name: string,
  measure: () => Result | Promise<Result>,
): Promise<Result> {
  console.error(`measuring ${name}`)
  return measure()
}

function writeResults(results: string): void {
  const text = readFileSync(README, 'utf8')
  const [start, end] = MARKERS
  const [before, rest] = text.split(start)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) {
    throw new Error(`${README} has no place for the results between ${start} and ${end}`)
  }
  writeFileSync(README, `${before}${start}\n\n${results}\n${end}${after}`)
}

const results = await bench()
console.log(`\n${results}`)
if (process.env['WRITE'] === '1') writeResults(results)
process.exit(0)
