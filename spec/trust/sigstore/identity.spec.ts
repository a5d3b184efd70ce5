import { describe, expect, test } from 'bun:test'
import { compileIdentity, type IdentitySettings } from '../../../src/trust/sigstore/identity.ts'

const ISSUER = 'https://issuer.example'
const SUBJECT = 'https://ci.example/team/app@refs/heads/main'

async function refusalOf(settings: IdentitySettings): Promise<string> {
  try {
    await compileIdentity(settings)
    return 'accepted'
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    throw error
  }
}

describe('the identity of a keyless signature', () => {
  test.each([
    [SUBJECT, true],
    [`${SUBJECT}x`, false],
    [`x${SUBJECT}`, false],
    [SUBJECT.replaceAll('.', 'x'), false],
    [SUBJECT.toUpperCase(), false],
    [`${SUBJECT}\n`, false],
    ['', false],
  ])('exact means exact: %p', async (subject, matches) => {
    const identity = await compileIdentity({ issuer: ISSUER, subject: SUBJECT })
    expect(identity.matchesSubject(subject)).toBe(matches)
  })

  test.each([
    ['https://ci.example/team/app@v1', true],
    ['https://ci.example/team/app@v1\nhttps://evil.example', false],
    ['https://evil.example/?https://ci.example/team/app@v1', false],
    ['https://ci.example/team/app@v1.evil.example', false],
  ])('an expression has to match the whole: %p', async (subject, matches) => {
    const expression = 'https://ci\\.example/team/.*@v1'
    const identity = await compileIdentity({ issuer: ISSUER, subjectRegex: expression })
    expect(identity.matchesSubject(subject)).toBe(matches)
  })

  test('an alternative is anchored as well', async () => {
    const identity = await compileIdentity({ issuerRegex: 'https://a|https://b', subject: SUBJECT })
    expect(identity.matchesIssuer('https://b')).toBe(true)
    expect(identity.matchesIssuer('https://a.evil')).toBe(false)
    expect(identity.matchesIssuer('evil https://b')).toBe(false)
  })

  test('an expression that would take exponential time elsewhere is matched in linear time', async () => {
    const identity = await compileIdentity({ issuer: ISSUER, subjectRegex: '(a+)+(b|c*)*d' })
    expect(identity.matchesSubject('a'.repeat(4000))).toBe(false)
    expect(identity.matchesSubject('a'.repeat(5000))).toBe(false)
  })

  test.each<readonly [IdentitySettings, string]>([
    [{ subject: SUBJECT }, 'exactly one of issuer and issuerRegex is needed'],
    [
      { issuer: ISSUER, issuerRegex: 'x', subject: SUBJECT },
      'exactly one of issuer and issuerRegex is needed',
    ],
    [{ issuer: ISSUER }, 'exactly one of subject and subjectRegex is needed'],
    [{ issuer: '', subject: SUBJECT }, 'issuer is empty'],
    [{ issuer: ISSUER, subjectRegex: '' }, 'subjectRegex is empty'],
    [
      { issuer: ISSUER, subjectRegex: 'a'.repeat(1025) },
      'subjectRegex is longer than 1024 characters',
    ],
    [
      { issuer: ISSUER, subjectRegex: '(?:abcde){1000}' },
      'subjectRegex is too complex: its repetitions multiply',
    ],
  ])('%j is refused at start', async (settings, why) => {
    expect(await refusalOf(settings)).toBe(why)
  })

  test.each(['(', 'a(?=b)', '(a)\\1', 'a{1001}'])(
    'the expression %p is refused at start, with the reason',
    async (subjectRegex) => {
      expect(await refusalOf({ issuer: ISSUER, subjectRegex })).toStartWith(
        'subjectRegex is no regular expression in RE2 syntax: ',
      )
    },
  )
})
