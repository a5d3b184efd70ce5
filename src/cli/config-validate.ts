import { formatProblem } from '../config/problem.ts'
import { type Command, EXIT } from './command.ts'
import { readConfig } from './config-file.ts'

/** `connaisseur config validate FILE` */
export const configValidateCommand: Command = {
  name: 'config validate',
  summary: 'Check a configuration and list every problem with its line and remedy.',
  operands: 'FILE',
  minOperands: 1,
  maxOperands: 1,
  flags: {},
  async run({ operands: [file = ''] }, terminal) {
    const { validators, policy, warnings } = readConfig(file)
    for (const warning of warnings) terminal.err(`warning: ${formatProblem(file, warning)}\n`)
    terminal.out(`${file} is valid: ${validators.length} validators, ${policy.length} rules\n`)
    return EXIT.trusted
  },
}
