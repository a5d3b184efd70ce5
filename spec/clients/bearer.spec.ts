import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { NotaryClient } from '../../src/clients/notary.ts'
import { ignoreCalls } from '../../src/clients/upstream-call.ts'
import { Secret } from '../../src/text/secret.ts'
import { untilEnough } from '../support/patience.ts'
import { BYTES, failureOf, GUN, MAX_BYTES } from './fixture.ts'

const PASSWORD = 'hunter2:with:colons'
const SCOPE = `repository:${GUN}:pull`
const BASIC = `Basic ${Buffer.from(`joe:${PASSWORD}`).toString('base64')}`

/** A Notary server and its token endpoint, and all that they were asked. */
class Pair {
  /** How the token endpoint answers; by default with a token that counts. */
  answer: () => Response = () => {
    const token = `token-${this.issued++}`
    this.good.add(token)
    return Response.json({ token, expires_in: this.expiresIn })
  }
  /** What the challenge asks for beside the realm. */
  challenge = 'service="the service",scope="repository:everything:push,pull"'
  expiresIn = 300
  issued = 0
  readonly good = new Set<string>()
  readonly tokenRequests: { readonly query: object; readonly authorization: string | null }[] = []
  readonly authorizations: (string | null)[] = []
  readonly #tokens = this.#serve((request) => {
    const query = Object.fromEntries(new URL(request.url).searchParams)
    this.tokenRequests.push({ query, authorization: request.headers.get('authorization') })
    return this.answer()
  })
  readonly #notary = this.#serve((request) => {
    const authorization = request.headers.get('authorization')
    this.authorizations.push(authorization)
    if (this.good.has(authorization?.replace(/^Bearer /, '') ?? '')) return new Response(BYTES)
    const realm = `realm="${this.realm}"`
    const header = { 'www-authenticate': `Bearer ${realm},${this.challenge}` }
    return new Response('{}', { status: 401, headers: header })
  })
  realm = `http://127.0.0.1:${this.#tokens.port}/token?kept=1`

  get host(): string {
    return `127.0.0.1:${this.#notary.port}`
  }

  get tokenHost(): string {
    return `127.0.0.1:${this.#tokens.port}`
  }

  stop(): void {
    void this.#notary.stop(true)
    void this.#tokens.stop(true)
  }

  #serve(answer: (request: Request) => Response) {
    return Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer })
  }
}

let pair: Pair
beforeEach(() => {
  pair = new Pair()
})
afterEach(() => pair.stop())

/** Whether a server has answered with 5xx: it is asked again for as long as somebody waits. */
let hasFailed = false
beforeEach(() => {
  hasFailed = false
})

const connect = (password: string | undefined = PASSWORD) =>
  new NotaryClient({
    host: `http://${pair.host}`,
    observe: {
      ...ignoreCalls,
      ended: ({ outcome }) => {
        hasFailed ||= outcome === '5xx'
      },
    },
    ...(password !== '' && {
      credentials: () => ({ username: 'joe', password: new Secret(password) }),
    }),
  })

const fetchRoot = (client: NotaryClient, gun = GUN) =>
  untilEnough(
    () => hasFailed,
    (signal) => client.fetchNewest(gun, 'root', { maxBytes: MAX_BYTES, signal }),
  )

describe('a server that wants a token', () => {
  test('gets one for our scope, and the credentials go to the token endpoint alone', async () => {
    expect(await fetchRoot(connect())).toEqual(BYTES)
    expect(pair.tokenRequests).toEqual([
      {
        query: { kept: '1', service: 'the service', scope: SCOPE, account: 'joe' },
        authorization: BASIC,
      },
    ])
    expect(pair.authorizations).toEqual([null, 'Bearer token-0'])
  })

  test('gets one without credentials too, where the endpoint gives it', async () => {
    expect(await fetchRoot(connect(''))).toEqual(BYTES)
    expect(pair.tokenRequests).toEqual([
      { query: { kept: '1', service: 'the service', scope: SCOPE }, authorization: null },
    ])
  })

  test('gets the same one until shortly before it expires', async () => {
    const client = connect()
    for (const _ of [1, 2, 3]) await fetchRoot(client)
    expect(pair.tokenRequests.length).toBe(1)
    expect(pair.authorizations).toEqual([null, ...Array(3).fill('Bearer token-0')])
  })

  test('gets another one before that, without asking the server first', async () => {
    pair.expiresIn = 5
    const client = connect()
    for (const _ of [1, 2]) await fetchRoot(client)
    expect(pair.authorizations).toEqual([null, 'Bearer token-0', 'Bearer token-1'])
  })

  test('gets another one when it refuses the one that it took', async () => {
    const client = connect()
    await fetchRoot(client)
    pair.good.clear()
    expect(await fetchRoot(client)).toEqual(BYTES)
    expect(pair.tokenRequests.length).toBe(2)
  })

  test('gets one for each repository', async () => {
    const client = connect()
    await fetchRoot(client)
    await fetchRoot(client, 'registry.example/other')
    expect(pair.tokenRequests.map(({ query }) => Reflect.get(query, 'scope'))).toEqual([
      SCOPE,
      'repository:registry.example/other:pull',
    ])
  })

  test('costs one token request for all who ask at the same time', async () => {
    const client = connect()
    await Promise.all(Array.from({ length: 20 }, () => fetchRoot(client)))
    expect(pair.tokenRequests.length).toBe(1)
  })
})

describe('wrong credentials are MISCONFIGURED, and name the host that refuses', () => {
  test.each([401, 403])('the token endpoint, with HTTP %p', async (status) => {
    pair.answer = () => new Response('hunter2', { status })
    expect(await failureOf(fetchRoot(connect()))).toEqual([
      'MISCONFIGURED_CREDENTIALS',
      `${pair.tokenHost} refuses the credentials for ${pair.host} (HTTP ${status})`,
    ])
    expect(await failureOf(fetchRoot(connect('')))).toEqual([
      'MISCONFIGURED_CREDENTIALS',
      `${pair.tokenHost} gives no token without credentials for ${pair.host} (HTTP ${status})`,
    ])
  })

  test('the server, whom no token pleases', async () => {
    pair.answer = () => Response.json({ token: 'worthless' })
    expect(await failureOf(fetchRoot(connect()))).toEqual([
      'MISCONFIGURED_CREDENTIALS',
      `${pair.host} does not let these credentials read the trust data of ${GUN} (HTTP 401)`,
    ])
    expect(pair.tokenRequests.length).toBe(1)
  })

  test('a token endpoint that credentials must not go to', async () => {
    pair.realm = 'http://auth.example/token'
    expect(await failureOf(fetchRoot(connect()))).toEqual([
      'MISCONFIGURED_CREDENTIALS',
      `${pair.host} asks for credentials with the token endpoint auth.example, which is not https`,
    ])
    expect(pair.tokenRequests).toEqual([])
  })

  test('a challenge that is none', async () => {
    pair.challenge = 'service="'
    const [code, message] = await failureOf(fetchRoot(connect()))
    expect(code).toBe('MISCONFIGURED_CREDENTIALS')
    expect(message).toStartWith(`${pair.host} asks for credentials`)
  })
})

describe('a token endpoint that does not answer well is UNAVAILABLE', () => {
  test.each<[string, () => Response, string, string]>([
    ['500', () => new Response('', { status: 500 }), 'UNAVAILABLE_STATUS', 'HTTP 500'],
    ['404', () => new Response('', { status: 404 }), 'UNAVAILABLE_STATUS', 'HTTP 404'],
    ['no JSON', () => new Response(PASSWORD), 'UNAVAILABLE_BODY', 'it is not JSON'],
    [
      'too much',
      () => new Response('x'.repeat(100_000)),
      'UNAVAILABLE_BODY',
      'more than 65536 bytes',
    ],
  ])('%s', async (_, answer, code, words) => {
    pair.answer = answer
    const failure = await failureOf(fetchRoot(connect()))
    expect(failure[0]).toBe(code)
    expect(failure[1]).toContain(pair.tokenHost)
    expect(failure[1]).toContain(words)
    expect(failure[1]).not.toContain('hunter2')
  })

  test('a redirect, which is not followed', async () => {
    pair.answer = () => Response.redirect(`http://${pair.host}/steal`, 307)
    expect(await failureOf(fetchRoot(connect()))).toEqual([
      'UNAVAILABLE_STATUS',
      `${pair.tokenHost} answers with HTTP 307`,
    ])
    expect(pair.authorizations).toEqual([null])
  })

  test('and is asked again, and another one if the server names it', async () => {
    const client = connect()
    pair.expiresIn = 5
    await fetchRoot(client)
    const { realm } = pair
    const other = new Pair()
    pair.realm = other.realm
    pair.answer = () => new Response('', { status: 404 })
    other.answer = () => {
      pair.good.add('other')
      return Response.json({ token: 'other' })
    }
    expect((await failureOf(fetchRoot(client)))[0]).toBe('UNAVAILABLE_STATUS')
    expect(await fetchRoot(client)).toEqual(BYTES)
    expect(realm).not.toBe(other.realm)
    other.stop()
  })
})
