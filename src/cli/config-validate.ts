import { formatProblem } from '../config/problem.ts'
import { BUILTIN_TEMPLATES } from '../reporting/alerts/builtin/templates.ts'
import type { AlertingSettings } from '../reporting/alerts/settings.ts'
import { prepareSamples } from '../runtime/alert-test.ts'
import { type Command, EXIT } from './command.ts'
import { ALERT_TEMPLATES_FLAG, orMisused, readConfig } from './config-file.ts'

/** `connaisseur config validate FILE` */
export const configValidateCommand: Command = {
  name: 'config validate',
  summary: 'Check a configuration and list every problem with its line and remedy.',
  operands: 'FILE',
  minOperands: 1,
  maxOperands: 1,
  flags: { 'alert-templates': ALERT_TEMPLATES_FLAG },
  async run({ operands: [file = ''], flags }, terminal) {
    const { validators, policy, alerting, warnings } = readConfig(file)
    const unchecked = alerting && checkTemplates(alerting, flags['alert-templates'])
    for (const warning of warnings) terminal.err(`warning: ${formatProblem(file, warning)}\n`)
    for (const name of new Set(unchecked)) {
      terminal.err(`warning: alert template ${name} is checked with --alert-templates only\n`)
    }
    terminal.out(`${file} is valid: ${validators.length} validators, ${policy.length} rules\n`)
    return EXIT.trusted
  },
}

/**
 * Throws a `UsageError` where a template of alerts cannot be used. Without their folder only the built-in
 * ones are known; the names of the others are returned.
 */
function checkTemplates(
  alerting: AlertingSettings,
  templatesDir: string | undefined,
): readonly string[] {
  if (templatesDir === undefined) {
    const names = alerting.receivers.map(({ template }) => template)
    return names.filter((name) => !BUILTIN_TEMPLATES.has(name))
  }
  orMisused(() => prepareSamples(alerting, templatesDir))
  return []
}
