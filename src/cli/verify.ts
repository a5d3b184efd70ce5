import type { Verdict } from '../admission/verdict.ts'
import { assemble } from '../assemble.ts'
import { parseRfc3339 } from '../text/rfc3339.ts'
import { type Command, EXIT, type ExitCode, UsageError } from './command.ts'
import { CONFIG_FLAG, readConfig } from './config-file.ts'
import { renderVerdictsJson, renderVerdictTable } from './output.ts'

/** How long all images together may take, in milliseconds: people wait, but not for ever. */
const TIMEOUT_MS = 30_000

/** More than anybody types; a list from a file comes in parts. */
const MAX_IMAGES = 1000

/** `connaisseur verify IMAGE...` */
export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Judge images as the webhook would, without a cluster.',
  operands: 'IMAGE...',
  minOperands: 1,
  maxOperands: MAX_IMAGES,
  flags: {
    config: CONFIG_FLAG,
    output: {
      value: 'FORMAT',
      help: 'table or json',
      default: 'table',
      choices: ['table', 'json'],
    },
    at: { value: 'TIME', help: 'judge as of this time, such as 2026-12-01T00:00:00Z' },
  },
  async run({ operands, flags }, terminal) {
    const now = flags['at'] === undefined ? new Date() : parseTime(flags['at'])
    const { judge } = assemble(readConfig(flags['config'] ?? ''))
    const context = { now, signal: AbortSignal.timeout(TIMEOUT_MS) }
    const verdicts = await Promise.all(operands.map((image) => judge(image, context)))
    terminal.out(
      flags['output'] === 'json'
        ? renderVerdictsJson(verdicts)
        : renderVerdictTable(verdicts, terminal.colours),
    )
    return exitCodeOf(verdicts)
  },
}

/** 2 only when no image was definitely untrusted. */
function exitCodeOf(verdicts: readonly Verdict[]): ExitCode {
  const failures = verdicts.filter((verdict) => !verdict.trusted)
  if (failures.length === 0) return EXIT.trusted
  return failures.some(({ code }) => code.startsWith('UNTRUSTED_')) ? EXIT.untrusted : EXIT.misused
}

function parseTime(text: string): Date {
  const time = parseRfc3339(text) ?? parseRfc3339(`${text}T00:00:00Z`)
  if (time !== undefined) return time
  throw new UsageError(`--at needs a time such as 2026-12-01T00:00:00Z, not ${text}`)
}
