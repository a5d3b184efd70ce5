import { prepareSamples } from '../runtime/alert-test.ts'
import { escapeUnprintable } from '../text/quote.ts'
import { type Command, EXIT, UsageError } from './command.ts'
import { ALERT_TEMPLATES_FLAG, CONFIG_FLAG, orMisused, readConfig } from './config-file.ts'

/** How much of an answer is shown, in characters. */
const MAX_SHOWN = 200

/** `connaisseur alert test` */
export const alertTestCommand: Command = {
  name: 'alert test',
  summary: 'Send a sample to each receiver of alerts, and say what came back.',
  flags: { config: CONFIG_FLAG, 'alert-templates': ALERT_TEMPLATES_FLAG },
  async run({ flags }, terminal) {
    const { alerting } = readConfig(flags['config'] ?? '')
    if (alerting === undefined) {
      throw new UsageError('the configuration has no receivers of alerts: there is nothing to test')
    }
    const sendSamples = orMisused(() => prepareSamples(alerting, flags['alert-templates']))
    const outcomes = await sendSamples()
    const width = Math.max(...outcomes.map(({ name }) => name.length))
    for (const { name, ok, words } of outcomes) {
      const shown = words.length > MAX_SHOWN ? `${words.slice(0, MAX_SHOWN)}...` : words
      const line = `${name.padEnd(width)}  ${ok ? 'ok    ' : 'failed'}  ${shown}`
      terminal.out(`${escapeUnprintable(line)}\n`)
    }
    return outcomes.every(({ ok }) => ok) ? EXIT.trusted : EXIT.untrusted
  },
}
