import { escapeUnprintable } from '../text/quote.ts'
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
      return escapeUnprintable(JSON.stringify(line))
    case 'json-pretty':
      return JSON.stringify(line, undefined, 2).split('\n').map(escapeUnprintable).join('\n')
    case 'text':
      return escapeUnprintable(renderText(line))
  }
}

/** Values are quoted as JSON, so that nothing in them can look like another field or line. */
function renderText({ time, level, message, ...fields }: LogFields): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined)
  const rendered = pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return [time, level, message, ...rendered].join(' ')
}
