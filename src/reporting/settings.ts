import { type Static, Type } from '@sinclair/typebox'

/** The levels of log lines, from the most talkative to the most silent. */
export const LogLevel = Type.Union(
  [
    Type.Literal('debug'),
    Type.Literal('info'),
    Type.Literal('warn'),
    Type.Literal('error'),
    Type.Literal('fatal'),
  ],
  { default: 'info', description: 'the least important level that is logged' },
)
export type LogLevel = Static<typeof LogLevel>

/** How a log line is written. */
export const LogFormat = Type.Union(
  [Type.Literal('json'), Type.Literal('json-pretty'), Type.Literal('text')],
  { default: 'json', description: 'how a log line is written' },
)
export type LogFormat = Static<typeof LogFormat>
