import type { LogFormat, LogLevel } from './settings.ts'

/** Fields of a log line; what is undefined is left out. Never a secret, never a request's body. */
export type LogFields = Readonly<Record<string, unknown>>

/** Writes log lines: a constant message, and what varies as fields. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal']

/** How and where lines are written. */
export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Takes one line with its line feed. */
  readonly write: (line: string) => void
  readonly now: () => Date
}

/** Makes a log that leaves out what is below its level. */
export function createLog({ level: lowest, format, write, now }: LogOptions): Log {
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(lowest)) return
    write(`${render(format, { time: now().toISOString(), level, message, ...fields })}\n`)
  }
}

function render(format: LogFormat, line: LogFields): string {
  switch (format) {
    case 'json':
      return JSON.stringify(line)
    case 'json-pretty':
      return JSON.stringify(line, undefined, 2)
    case 'text':
      return Object.entries(line)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) =>
          name === 'time' || name === 'level' ? value : renderText(name, value),
        )
        .join(' ')
  }
}

/** Values are quoted as JSON, so that nothing in them can look like another field or line. */
function renderText(name: string, value: unknown): string {
  return name === 'message' ? String(value) : `${name}=${JSON.stringify(value)}`
}
