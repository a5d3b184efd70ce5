import { describe, expect, test } from 'bun:test'
import { parseChallenges } from '../../src/clients/challenge.ts'
import { readTokenEndpoint } from '../../src/clients/token-endpoint.ts'

const parse = (header: string) =>
  parseChallenges(header).map(({ scheme, params }) => [scheme, Object.fromEntries(params)])

describe('the challenges of a header', () => {
  test.each<[string, unknown]>([
    [
      'Bearer realm="https://auth.example/token",service="a, b",scope="repository:x:pull"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.example/token',
            service: 'a, b',
            scope: 'repository:x:pull',
          },
        ],
      ],
    ],
    ['BEARER Realm = x , service = "q\\"u"', [['bearer', { realm: 'x', service: 'q"u' }]]],
    [
      'Negotiate abc==, Basic realm="b", Bearer realm="c"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'b' }],
        ['bearer', { realm: 'c' }],
      ],
    ],
    ['Basic', [['basic', {}]]],
    ['', []],
  ])('%p', (header, challenges) => {
    expect(parse(header)).toEqual(challenges as ReturnType<typeof parse>)
  })

  test.each([
    'realm="x"',
    'Bearer realm="x',
    'Bearer realm="a", realm="b"',
    'Bearer "x"',
    `Bearer realm="${'x'.repeat(5000)}"`,
  ])('%p is none', (header) => {
    expect(() => parseChallenges(header)).toThrow(SyntaxError)
  })
})

describe('a token endpoint', () => {
  const read = (server: string, realm: string, more = '') =>
    readTokenEndpoint(new URL(server), `Bearer realm="${realm}"${more}`)

  test.each([
    ['https://notary.example', 'https://auth.example/token?a=b'],
    ['http://127.0.0.1:4443', 'http://127.0.0.1:5001/token'],
    ['http://localhost:4443', 'http://[::1]:5001/token'],
    ['http://127.0.0.1:4443', 'https://auth.example/token'],
  ])('of %s may be %s', (server, realm) => {
    expect(read(server, realm, ',service="s"')).toEqual({ realm: new URL(realm), service: 's' })
  })

  test.each([
    ['https://notary.example', 'http://auth.example/token', 'auth.example, which is not https'],
    ['https://127.0.0.1', 'http://127.0.0.1:5001/token', 'which is not https'],
    ['http://notary.example', 'http://auth.example/token', 'which is not https'],
    ['http://notary.example', 'http://127.0.0.1/token', 'which is not https'],
    ['http://127.0.0.1', 'http://auth.example/token', 'which is not https'],
    ['http://127.0.0.1', 'http://127.0.0.1.nip.example/token', 'which is not https'],
    ['https://notary.example', 'ftp://auth.example', 'which is not https'],
    ['https://notary.example', 'https://joe@auth.example', 'a user or a fragment'],
    ['https://notary.example', 'https://:pw@auth.example', 'a user or a fragment'],
    ['https://notary.example', 'https://auth.example/#x', 'a user or a fragment'],
    ['https://notary.example', '/token', 'no URL'],
    ['https://notary.example', '', 'no URL'],
  ])('of %s must not be %s', (server, realm, why) => {
    expect(() => read(server, realm)).toThrow(why)
  })

  test.each<[string | null, string]>([
    [null, 'without saying how'],
    ['Basic realm="x"', 'Basic authentication'],
    ['Negotiate', 'another authentication'],
    ['', 'another authentication'],
  ])('is not in %p', (header, why) => {
    expect(() => readTokenEndpoint(new URL('https://notary.example'), header)).toThrow(why)
  })

  test('has a service name that is not too long', () => {
    const endpoint = 'https://auth.example'
    expect(() => read('https://notary.example', endpoint, `,service="${'x'.repeat(256)}"`)).toThrow(
      'too long',
    )
  })
})
