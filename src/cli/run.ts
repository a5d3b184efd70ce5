import { alertTestCommand } from './alert-test.ts'
import { type Command, EXIT, type ExitCode, type Terminal, UsageError } from './command.ts'
import { configValidateCommand } from './config-validate.ts'
import { parseArguments, suggest } from './flags.ts'
import { forgetCommand } from './forget.ts'
import { renderCommandHelp, renderHelp } from './help.ts'
import { rootKeyCommand } from './root-key.ts'
import { serveCommand } from './serve.ts'
import { verifyCommand } from './verify.ts'
import { versionCommand } from './version.ts'

const COMMANDS: readonly Command[] = [
  serveCommand,
  verifyCommand,
  rootKeyCommand,
  forgetCommand,
  configValidateCommand,
  alertTestCommand,
  versionCommand,
]

/** Finds the command in the arguments and runs it; rejects with a `UsageError`. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const command = COMMANDS.find(({ name }) => startsWith(argv, name.split(' ')))
  if (command === undefined) return runWithoutCommand(argv, terminal)
  const args = parseArguments(command, argv.slice(command.name.split(' ').length))
  if (args.help) {
    terminal.out(renderCommandHelp(command))
    return EXIT.trusted
  }
  return command.run(args, terminal)
}

function startsWith(argv: readonly string[], words: readonly string[]): boolean {
  return words.every((word, index) => argv[index] === word)
}

function runWithoutCommand(argv: readonly string[], terminal: Terminal): ExitCode {
  const [word] = argv
  if (word === '--help' || word === '-h' || word === 'help') {
    terminal.out(renderHelp(COMMANDS))
    return EXIT.trusted
  }
  if (word === undefined) {
    terminal.err(renderHelp(COMMANDS))
    return EXIT.misused
  }
  return refuseCommand(argv)
}

function refuseCommand(argv: readonly string[]): never {
  const names = COMMANDS.map(({ name }) => name)
  const family = names.filter((name) => name.startsWith(`${argv[0]} `))
  const typed = argv.slice(0, family.length > 0 ? 2 : 1).join(' ')
  const hint =
    suggest('', typed, names) || `; there are ${(family.length > 0 ? family : names).join(', ')}`
  throw new UsageError(`unknown command ${typed}${hint}`)
}
