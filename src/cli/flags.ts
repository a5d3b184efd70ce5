import { findNearest } from '../config/nearest.ts'
import { type Arguments, type Command, UsageError } from './command.ts'

/** The value of a switch that is given. */
const ON = 'on'

/**
 * Parses the arguments of a command: `--flag VALUE`, `--flag=VALUE` or a switch in any place, `--`
 * ends the flags. Throws a `UsageError`. `help` is set when `--help` or `-h` was given.
 */
export function parseArguments(
  command: Command,
  argv: readonly string[],
): Arguments & { readonly help: boolean } {
  const given = new Map<string, string>()
  const operands: string[] = []
  const rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--help' || argument === '-h') return { operands, flags: {}, help: true }
    if (argument === '--') operands.push(...rest.splice(0))
    else if (argument.startsWith('-') && argument !== '-') {
      const [name, value] = readFlag(command, argument, rest)
      if (given.has(name)) throw new UsageError(`--${name} is given twice`)
      given.set(name, value)
    } else operands.push(argument)
  }
  checkOperands(command, operands)
  return { operands, flags: withDefaults(command, given), help: false }
}

function readFlag(
  command: Command,
  argument: string,
  rest: string[],
): readonly [name: string, value: string] {
  const [flag = '', ...assigned] = argument.split('=')
  const name = flag.replace(/^--?/, '')
  const known = Object.hasOwn(command.flags, name) ? command.flags[name] : undefined
  if (known === undefined || !argument.startsWith('--')) {
    throw new UsageError(`unknown flag ${flag}${suggest(`--`, name, Object.keys(command.flags))}`)
  }
  if (known.value === undefined) {
    if (assigned.length > 0) throw new UsageError(`--${name} takes no value`)
    return [name, ON]
  }
  const value = assigned.length > 0 ? assigned.join('=') : rest.shift()
  if (value === undefined || value === '') throw new UsageError(`--${name} needs a ${known.value}`)
  if (known.choices !== undefined && !known.choices.includes(value)) {
    throw new UsageError(`--${name} is one of ${known.choices.join(', ')}, not ${value}`)
  }
  return [name, value]
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const { name, minOperands = 0, maxOperands = 0 } = command
  if (operands.length < minOperands) throw new UsageError(`${name} needs ${command.operands}`)
  if (operands.length > maxOperands) {
    throw new UsageError(`${name} does not know what to do with ${operands[maxOperands]}`)
  }
}

function withDefaults(command: Command, given: ReadonlyMap<string, string>) {
  return Object.fromEntries(
    Object.entries(command.flags).map(([name, flag]) => [name, given.get(name) ?? flag.default]),
  )
}

/** Renders `; did you mean X?` for a word that is close to a known one. */
export function suggest(prefix: string, word: string, known: readonly string[]): string {
  const nearest = findNearest(word, known)
  return nearest === undefined ? '' : `; did you mean ${prefix}${nearest}?`
}
