import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../../src/config/parse.ts'
import { ConfigError } from '../../src/config/problem.ts'
import { makeNotary, makePublicPem } from './fixture.ts'

const POLICY = 'policy:\n  - { pattern: "*:*", validator: notary, with: { trustRoot: alice } }\n'
const ENVIRONMENT = { NOTARY_USER: 'joe', NOTARY_PASSWORD: 'hunter2' }
const PEM = makePublicPem()
/** A reference to a variable. */
const ref = (name: string) => `\${${name}}`

const parse = (more: string, policy = POLICY) =>
  parseConfig(makeNotary({ pem: PEM, more: `    ${more}\n` }) + policy, 'f', ENVIRONMENT)

function readNotary(more: string) {
  const [settings] = parse(more).validators
  if (settings?.type !== 'notaryv1') throw new TypeError('not a notaryv1 validator')
  return settings
}

function problemsOf(more: string, policy = POLICY): readonly string[] {
  try {
    parse(more, policy)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ message, fix }) => `${message} ${fix}`)
  }
}

describe('auth', () => {
  test('names a secret', () => {
    expect(readNotary('auth: { secretName: notary-auth }').auth).toEqual({
      kind: 'secret',
      secretName: 'notary-auth',
    })
  })

  test('holds credentials, with variables of the environment', () => {
    const { auth } = readNotary(
      `auth: { username: "${ref('NOTARY_USER')}", password: "x${ref('NOTARY_PASSWORD')}", registry: notary.example.com }`,
    )
    if (auth?.kind !== 'inline') throw new TypeError('not inline')
    expect([auth.username, auth.password.reveal(), auth.registry]).toEqual([
      'joe',
      'xhunter2',
      'notary.example.com',
    ])
  })

  test('never shows its password, however the configuration is printed', () => {
    const config = parse('auth: { username: joe, password: hunter2 }')
    expect(JSON.stringify(config)).not.toContain('hunter2')
    expect(Bun.inspect(config, { depth: 10 })).not.toContain('hunter2')
    expect(`${readNotary('auth: { username: joe, password: hunter2 }').auth}`).not.toContain('hun')
  })

  test.each([
    ['{}', '"auth" is empty. Write secretName: NAME below it, or username and password.'],
    [
      '{ secretName: a, username: joe }',
      '"auth" names a secret and holds credentials too. Remove one of them.',
    ],
    [
      '{ username: joe }',
      '"auth" has no password. Write username and password below it, or secretName.',
    ],
    [
      '{ password: hunter2 }',
      '"auth" has no username. Write username and password below it, or secretName.',
    ],
    [
      '{ username: joe, password: 1 }',
      '"password" is a number, not a text. Write a text, in quotes if it looks like a number or like true.',
    ],
    [
      '{ username: joe, password: hunter2, token: x }',
      'unknown key "token" in the auth of a validator. Remove it, or write secretName, username, password or registry.',
    ],
    [
      `{ username: joe, password: "${ref('MISSING')}hunter2" }`,
      '"password" cannot be filled in: the environment variable MISSING is not set. Set the variable where the program is started, or write "$${" for a plain "${".',
    ],
    [
      '{ username: joe, password: hunter2, registry: notary.example.com.evil.example }',
      '"registry" is not the host of the validator, so the credentials would never be used. Write registry: notary.example.com, or remove it.',
    ],
  ])('%s is refused, without a word of what it holds', (auth, problem) => {
    const problems = problemsOf(`auth: ${auth}`)
    expect(problems).toEqual([problem])
    expect(problems.join()).not.toContain('hunter2')
  })

  test.each(['../other', 'a/b', '.hidden', 'a b', '/etc'])(
    'secretName %p leads out of the secrets folder and is refused',
    (name) => {
      expect(problemsOf(`auth: { secretName: "${name}" }`)[0]).toStartWith(
        '"secretName" is no plain name.',
      )
    },
  )

  test('of a list is no mapping', () => {
    expect(problemsOf('auth: [joe]')).toEqual([
      '"auth" is a list, not a mapping. Write lines of key: value, indented equally.',
    ])
  })
})

describe('certFile', () => {
  test('is an absolute path', () => {
    expect(readNotary('certFile: /etc/ca.crt').certFile).toBe('/etc/ca.crt')
    expect(problemsOf('certFile: ca.crt')).toEqual([
      '"certFile" is not usable: it is not absolute. Write a path that begins with "/".',
    ])
  })

  test('stands alone', () => {
    expect(problemsOf('certFile: /etc/ca.crt\n    cert: x')[0]).toBe(
      '"certFile" stands beside "cert". Remove one of them.',
    )
  })
})

test('required and expiryWarningDays have their defaults', () => {
  expect(readNotary('')).toMatchObject({ required: false, expiryWarningDays: 14 })
  expect(readNotary('required: true\n    expiryWarningDays: 0')).toMatchObject({
    required: true,
    expiryWarningDays: 0,
  })
})

test.each([
  ['-1', '"expiryWarningDays" is -1. Write 0 or more.'],
  ['3651', '"expiryWarningDays" is 3651. Write 3650 or less.'],
  [
    '1.5',
    '"expiryWarningDays" is a number, not a whole number. Write a whole number without quotes.',
  ],
])('expiryWarningDays: %s is refused', (days, problem) => {
  expect(problemsOf(`expiryWarningDays: ${days}`)).toEqual([problem])
})

describe('with.delegations', () => {
  const policy = (names: string) =>
    `policy:\n  - { pattern: "*:*", validator: notary, with: { trustRoot: alice, delegations: ${names} } }\n`

  test('are completed to their full names', () => {
    const { policy: rules } = parse('', policy('[alice, targets/bob, releases/carol]'))
    expect(rules[0]?.with.delegations).toEqual([
      'targets/alice',
      'targets/bob',
      'targets/releases/carol',
    ])
  })

  test('are absent where the rule names none', () => {
    expect(parse('').policy[0]?.with).not.toHaveProperty('delegations')
  })

  const FIX = 'Write names such as [alice, bob] or [targets/releases/alice].'
  test.each([
    [
      '[targets]',
      `"delegations" is not usable: "targets" is no delegation: leave delegations out to have it count. ${FIX}`,
    ],
    [
      '[alice, targets/alice]',
      `"delegations" is not usable: targets/alice is listed twice. ${FIX}`,
    ],
    [
      '[Alice]',
      `"delegations" is not usable: the name "Alice" has other characters than a-z, 0-9, -, _ and /. ${FIX}`,
    ],
    ['[a//b]', `"delegations" is not usable: the name "a//b" has an empty part. ${FIX}`],
    ['[alice/]', `"delegations" is not usable: the name "alice/" has an empty part. ${FIX}`],
    [
      `[${'a'.repeat(248)}]`,
      `"delegations" is not usable: the name "${'a'.repeat(80)}..." has more than 255 characters. ${FIX}`,
    ],
    [
      '[]',
      '"delegations" is empty. Write a list of the delegations that all have to sign, such as [alice, bob].',
    ],
    [
      'alice',
      '"delegations" is a text, not a list. Write a list: a line that starts with "- " for each entry.',
    ],
  ])('%s is refused', (names, problem) => {
    expect(problemsOf('', policy(names))).toEqual([problem])
  })
})
