import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../../src/config/parse.ts'
import { POLICY, problemsOf, VALIDATORS } from './fixture.ts'

const URL = 'https://hooks.slack.example/services/T0KEN'
/** A reference to a variable of the environment. */
const ref = (name: string) => `$\{${name}}`

const ENVIRONMENT = { SLACK_URL: URL, KEY: 'k3y' }

/** A configuration whose only reject receiver has these lines, the first on line 10. */
function makeText(...lines: readonly string[]): string {
  const receiver = lines.map((line, index) => `${index === 0 ? '      - ' : '        '}${line}\n`)
  return `${VALIDATORS}${POLICY}alerting:\n  rejectRequest:\n    receivers:\n${receiver.join('')}`
}

const parse = (...lines: readonly string[]) =>
  parseConfig(makeText(...lines), 'file', ENVIRONMENT).alerting

describe('alerting', () => {
  test('has the defaults of Connaisseur 3', () => {
    const alerting = parse(`receiverUrl: ${URL}`, 'template: slack')
    expect(alerting).toMatchObject({
      clusterIdentifier: 'not specified',
      receivers: [
        {
          name: 'reject-1-slack',
          category: 'reject',
          template: 'slack',
          priority: 3,
          headers: [],
          mustHear: false,
        },
      ],
    })
    expect(alerting?.receivers[0]?.url.reveal()).toBe(URL)
    expect(alerting?.receivers[0]).not.toHaveProperty('payloadFields')
  })

  test('takes URLs, headers and payload fields from the environment', () => {
    const [receiver] =
      parse(
        `receiverUrl: "${ref('SLACK_URL')}"`,
        'template: own',
        `customHeaders: ["Authorization: GenieKey ${ref('KEY')}"]`,
        `payloadFields: { a: [{ routing_key: "${ref('KEY')}" }], n: 1, b: true, o: null }`,
        'failIfAlertSendingFails: true',
        'priority: 1',
      )?.receivers ?? []
    expect(receiver?.url.reveal()).toBe(URL)
    expect(receiver?.headers.map(({ name, value }) => [name, value.reveal()])).toEqual([
      ['Authorization', 'GenieKey k3y'],
    ])
    expect(JSON.parse(JSON.stringify(receiver?.payloadFields))).toEqual({
      a: [{ routing_key: 'k3y' }],
      n: 1,
      b: true,
      o: null,
    })
    expect(receiver).toMatchObject({ priority: 1, mustHear: true })
  })

  test('without receivers is no alerting', () => {
    const text = `${VALIDATORS}${POLICY}alerting: { clusterIdentifier: prod }\n`
    expect(parseConfig(text, 'file').alerting).toBeUndefined()
  })

  test('hole 12: shows neither URL nor headers, whoever prints it', () => {
    const alerting = parse(`receiverUrl: ${URL}`, 'template: a', 'customHeaders: ["A: h3ader"]')
    const text = `${Bun.inspect(alerting, { depth: 9 })} ${JSON.stringify(alerting)}`
    expect(text).not.toContain('T0KEN')
    expect(text).not.toContain('h3ader')
  })
})

describe('what is wrong is refused where it stands, and nothing secret is repeated', () => {
  const GOOD = [`receiverUrl: ${URL}`, 'template: slack']

  test.each<[lines: readonly string[], problem: string]>([
    [
      ['receiverUrl: ftp://T0KEN.example', 'template: slack'],
      '10:22: "receiverUrl" is no usable URL. Write a URL that begins with https:// or http://, or a variable that holds one.',
    ],
    [
      [`receiverUrl: "${ref('MISSING')}"`, 'template: slack'],
      '10:22: a value cannot be filled in: the environment variable MISSING is not set. Set the variable where the program is started, or write "$${" for a plain "${".',
    ],
    [
      [...GOOD.slice(0, 1), 'template: ../../etc/passwd'],
      '11:19: "template" is no plain name. Write the name of a template without its folder and without ".json", of letters, digits, ".", "-" and "_".',
    ],
    [
      [...GOOD, 'customHeaders: ["A: b", "h3ader"]'],
      '12:33: header 2 is no header. Write it as "Name: value".',
    ],
    [
      [...GOOD, 'customHeaders: ["A: b\\r\\nX: y"]'],
      '12:25: header 1 is no header. Write it as "Name: value".',
    ],
    [
      [...GOOD, 'customHeaders: ["host: other.example"]'],
      '12:25: header 1 is written by the program itself. Remove it.',
    ],
    [
      [...GOOD, `payloadFields: { a: { b: ["${ref('MISSING')}"] } }`],
      '12:35: a value cannot be filled in: the environment variable MISSING is not set. Set the variable where the program is started, or write "$${" for a plain "${".',
    ],
    [
      [`receiverUrl: ${URL}`, 'template: opsgenie', 'priority: 6'],
      '12:19: "priority" is 6, which Opsgenie does not know. Write 1, 2, 3, 4 or 5.',
    ],
    [[...GOOD, 'priority: -1'], '12:19: "priority" is -1. Write 0 or more.'],
    [[...GOOD, 'prioritty: 1'], '12:9: unknown key "prioritty" in a receiver. Write "priority".'],
    [
      [...GOOD, 'payloadFields: [1]'],
      '12:24: "payloadFields" is a list, not a mapping. Write lines of key: value, indented equally.',
    ],
  ])('%j', (lines, problem) => {
    expect(problemsOf(makeText(...lines))).toEqual([problem])
  })
})
