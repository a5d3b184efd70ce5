import type { Verdict } from '../admission/verdict.ts'
import { assemble, createLasting } from '../assemble.ts'
import { prepareStateDir } from '../clients/trust-store.ts'
import { parseRfc3339 } from '../text/rfc3339.ts'
import type { Step } from '../validators/validator.ts'
import { type Command, EXIT, type ExitCode, UsageError } from './command.ts'
import { CONFIG_FLAG, orMisused, readConfig, SECRETS_DIR_FLAG } from './config-file.ts'
import { type Explained, renderVerdictsJson, renderVerdictTable, reportTo } from './output.ts'

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
    explain: { help: 'show every step of the judgement, and who has to act' },
    timeout: {
      value: 'SECONDS',
      help: 'how long all images together may take',
      default: '10',
    },
    'secrets-dir': SECRETS_DIR_FLAG,
    'state-dir': {
      value: 'DIR',
      help: 'where trust data is remembered from one call to the next; nowhere without it',
    },
    at: { value: 'TIME', help: 'judge as of this time, such as 2026-12-01T00:00:00Z' },
  },
  async run({ operands, flags }, terminal) {
    const now = flags['at'] === undefined ? new Date() : parseTime(flags['at'])
    const signal = AbortSignal.timeout(parseSeconds(flags['timeout'] ?? ''))
    const config = readConfig(flags['config'] ?? '')
    const stateDir = flags['state-dir']
    const { judge } = orMisused(() => {
      if (stateDir !== undefined) prepareStateDir(stateDir)
      const report = reportTo(terminal)
      return assemble(config, {
        secretsDir: flags['secrets-dir'] ?? '',
        lasting: createLasting({ ...(stateDir !== undefined && { stateDir }), report }),
        report,
      })
    })
    const verdicts = await Promise.all(
      operands.map(async (image): Promise<Explained> => {
        if (flags['explain'] === undefined) return judge(image, { now, signal })
        const steps: Step[] = []
        const trace = (step: Step) => void steps.push(step)
        return { ...(await judge(image, { now, signal, trace })), steps }
      }),
    )
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

/** In milliseconds. */
function parseSeconds(text: string): number {
  const seconds = /^\d{1,4}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (seconds > 0) return seconds * 1000
  throw new UsageError(`--timeout needs a number of seconds such as 10, not ${text}`)
}
