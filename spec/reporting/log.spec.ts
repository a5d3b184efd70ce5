import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createLog, type LogFields } from '../../src/reporting/log.ts'
import type { LogFormat, LogLevel } from '../../src/reporting/settings.ts'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal']
const NOW = new Date('2026-01-01T00:00:00Z')

/** What one call writes. */
function write(format: LogFormat, fields?: LogFields, message = 'listening'): string {
  const written: string[] = []
  const log = createLog({
    level: 'info',
    format,
    write: (line) => void written.push(line),
    now: () => NOW,
  })
  log('info', message, fields)
  expect(written).toHaveLength(1)
  return written.join('')
}

describe('a level', () => {
  test.each(LEVELS)('of %s leaves out what is below it, and nothing else', (level) => {
    const seen: LogLevel[] = []
    const log = createLog({
      level,
      format: 'json',
      write: (line) => void seen.push(JSON.parse(line).level),
      now: () => NOW,
    })
    for (const each of LEVELS) log(each, 'something happened')
    expect(seen).toEqual(LEVELS.slice(LEVELS.indexOf(level)))
  })
})

describe('a line', () => {
  test('of json is one object with time, level, message and the fields that are set', () => {
    expect(write('json', { uid: 'a', name: undefined, images: [{ image: 'app:1' }] })).toBe(
      '{"time":"2026-01-01T00:00:00.000Z","level":"info","message":"listening","uid":"a","images":[{"image":"app:1"}]}\n',
    )
  })

  test('of json-pretty is the same object, spread over lines', () => {
    const text = write('json-pretty', { uid: 'a' })
    expect(JSON.parse(text)).toEqual(JSON.parse(write('json', { uid: 'a' })))
    expect(text.split('\n').length).toBeGreaterThan(4)
  })

  test('of text is for people', () => {
    expect(write('text', { uid: 'a', name: undefined, count: 2 })).toBe(
      '2026-01-01T00:00:00.000Z info listening uid="a" count=2\n',
    )
  })

  test('needs no fields', () => {
    expect(write('text')).toBe('2026-01-01T00:00:00.000Z info listening\n')
  })
})

describe('what a user writes cannot look like another line or field', () => {
  const breaks = '\n\r\u0085\u2028\u2029\u001b[2K\u009b2K\u0000\u202e'

  test.each<LogFormat>(['json', 'text'])('in %s', (format) => {
    const text = write(format, { name: `app${breaks}uid="forged"` }).slice(0, -1)
    expect(text).not.toMatch(/[\n\r\u0085\u2028\u2029\p{Cc}]/u)
    expect(text).not.toContain(' uid="forged"')
  })

  test('any value at all is one line', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<LogFormat>('json', 'text'),
        fc.string({ unit: 'binary' }),
        (format, name) => {
          const [line, ...rest] = write(format, { name }).split(/[\n\r\u0085\u2028\u2029]/)
          expect(line).not.toBe('')
          expect(rest).toEqual([''])
        },
      ),
    )
  })
})
