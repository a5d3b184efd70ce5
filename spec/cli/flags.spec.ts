import { describe, expect, test } from 'bun:test'
import { type Command, EXIT, UsageError } from '../../src/cli/command.ts'
import { parseArguments } from '../../src/cli/flags.ts'
import { parseListenAddress } from '../../src/cli/listen-address.ts'

const command: Command = {
  name: 'verify',
  summary: '',
  operands: 'IMAGE...',
  minOperands: 1,
  maxOperands: 2,
  flags: {
    config: { value: 'FILE', help: '', default: 'here.yaml' },
    output: { value: 'FORMAT', help: '', choices: ['table', 'json'] },
  },
  run: async () => EXIT.trusted,
}

const parse = (...argv: readonly string[]) => parseArguments(command, argv)

describe('arguments', () => {
  test.each([
    ['apart', ['a', '--config', 'x']],
    ['joined', ['--config=x', 'a']],
  ])('take the value of a flag %s and in any place', (_, argv) => {
    expect(parse(...argv)).toMatchObject({ operands: ['a'], flags: { config: 'x' } })
  })

  test('take a value that holds an equals sign or begins with a dash', () => {
    expect(parse('a', '--config=b=c').flags['config']).toBe('b=c')
    expect(parse('a', '--config', '-x').flags['config']).toBe('-x')
  })

  test('fill in defaults, and leave out what has none', () => {
    expect(parse('a').flags).toEqual({ config: 'here.yaml', output: undefined })
  })

  test('are all operands after --', () => {
    expect(parse('--', '--config', '-x').operands).toEqual(['--config', '-x'])
  })

  test('take a lone dash for an operand', () => {
    expect(parse('-').operands).toEqual(['-'])
  })

  test.each(['--help', '-h'])('ask for help with %s whatever else is wrong', (flag) => {
    expect(parse(flag, '--nonsense').help).toBe(true)
  })
})

describe('wrong arguments are refused', () => {
  test.each([
    [['a', '--confg', 'x'], 'unknown flag --confg; did you mean --config?'],
    [['a', '--xyzzyxyzzy'], 'unknown flag --xyzzyxyzzy'],
    [['a', '-config', 'x'], 'unknown flag -config; did you mean --config?'],
    [['a', '--__proto__', 'x'], 'unknown flag --__proto__'],
    [['a', '--config'], '--config needs a FILE'],
    [['a', '--config='], '--config needs a FILE'],
    [['a', '--config', ''], '--config needs a FILE'],
    [['a', '--config', 'x', '--config', 'y'], '--config is given twice'],
    [['a', '--output', 'xml'], '--output is one of table, json, not xml'],
    [[], 'verify needs IMAGE...'],
    [['a', 'b', 'c'], 'verify does not know what to do with c'],
  ])('%p', (argv, message) => {
    expect(() => parse(...argv)).toThrow(new UsageError(message))
  })
})

describe('an address to listen on', () => {
  test.each([
    ['0.0.0.0:5000', '0.0.0.0', 5000],
    ['localhost:0', 'localhost', 0],
    [':5000', '0.0.0.0', 5000],
    ['[::1]:65535', '::1', 65_535],
  ])('is HOST:PORT: %s', (text, hostname, port) => {
    expect(parseListenAddress(text)).toEqual({ hostname, port })
  })

  test.each([
    '',
    '5000',
    'localhost',
    'localhost:',
    'a:65536',
    'a:-1',
    '::1:5000',
    'a:5000:1',
    'a:x',
  ])('is not %p', (text) => {
    expect(() => parseListenAddress(text)).toThrow(
      new UsageError(`--listen needs HOST:PORT, not ${text}`),
    )
  })
})
