/** How a program ends: all trusted, one is not, or it could not tell or was misused. */
export const EXIT = { trusted: 0, untrusted: 1, misused: 2 } as const

/** An exit code of the command line. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A flag that takes a value, or a switch. */
export interface Flag {
  /** What stands for the value in the help, such as `FILE`; a switch has none. */
  readonly value?: string
  readonly help: string
  readonly default?: string
  /** The values that are allowed; any by default. */
  readonly choices?: readonly string[]
}

/** What was given on the command line. */
export interface Arguments {
  readonly operands: readonly string[]
  /** The value of a flag: given, or its default; `on` for a switch that is given. */
  readonly flags: Readonly<Record<string, string | undefined>>
}

/** Where a command writes: the result to `out`, the talk to `err`. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Whether `out` shows colours. */
  readonly colours: boolean
}

/** One command of the program. */
export interface Command {
  /** As it is typed, such as `config validate`. */
  readonly name: string
  readonly summary: string
  /** How the operands are shown in the help, such as `IMAGE...`. */
  readonly operands?: string
  readonly minOperands?: number
  readonly maxOperands?: number
  readonly flags: Readonly<Record<string, Flag>>
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>
}

/** The program was called wrongly, or cannot start: its message is for the person who called it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
