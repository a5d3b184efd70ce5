import { afterEach, describe, expect, test } from 'bun:test'
import type { Credentials } from '../../../src/clients/credentials.ts'
import { parseKeyringTarget } from '../../../src/clients/keyring.ts'
import { RegistryAuthorization } from '../../../src/clients/registry/authorization.ts'
import { RegistryClient } from '../../../src/clients/registry/client.ts'
import { Secret } from '../../../src/text/secret.ts'
import { createCertificateAuthority, issueServerCertificate } from '../../support/certificate.ts'
import { failureOf } from '../fixture.ts'
import { at, NAME, pushImage, signal, start, stopAll } from './fixture.ts'

const PASSWORD = 'hunter2'
const USERS = { joe: PASSWORD }
const BASIC = `Basic ${Buffer.from(`joe:${PASSWORD}`).toString('base64')}`
const JOE: Credentials = { username: 'joe', password: new Secret(PASSWORD) }

afterEach(stopAll)

/** A client with these credentials for each target. */
function connect(entries: Readonly<Record<string, Credentials>>, ca?: string): RegistryClient {
  const keyring = Object.entries(entries).map(([target, credentials]) => ({
    ...parseKeyringTarget(target),
    credentials,
  }))
  return new RegistryClient({ keyring: () => keyring, ...(ca !== undefined && { ca: () => ca }) })
}

describe('a registry that wants tokens', () => {
  test('gets one for the repository and for pulling; the password goes to the endpoint alone', async () => {
    const registry = start({ auth: { scheme: 'token', users: USERS } })
    const digest = pushImage(registry, '1')
    const client = connect({ [registry.host]: JOE })
    expect(await client.resolveTag(at(registry), '1', signal())).toBe(digest)
    await client.fetchTagged(at(registry), '1', signal())
    expect(registry.gatekeeper?.requests).toEqual([
      {
        method: 'GET',
        scope: `repository:${NAME}:pull`,
        service: 'the registry',
        authorization: BASIC,
        refreshToken: null,
      },
    ])
    expect(registry.requests.map(({ authorization }) => authorization?.split(' ')[0])).toEqual([
      undefined,
      'Bearer',
      'Bearer',
    ])
  })

  test('gives one to anybody, where it does', async () => {
    const registry = start({ auth: { scheme: 'token' } })
    const digest = pushImage(registry, '1')
    expect(await new RegistryClient().resolveTag(at(registry), '1', signal())).toBe(digest)
    expect(registry.gatekeeper?.requests[0]?.authorization).toBeNull()
  })

  test('gets it for an identity token too, by POST and never in a URL', async () => {
    const registry = start({ auth: { scheme: 'token', users: {}, identityToken: 'refresh' } })
    const digest = pushImage(registry, '1')
    const client = connect({
      [registry.host]: { username: '', identityToken: new Secret('refresh') },
    })
    expect(await client.resolveTag(at(registry), '1', signal())).toBe(digest)
    expect(registry.gatekeeper?.requests).toMatchObject([
      { method: 'POST', refreshToken: 'refresh', scope: `repository:${NAME}:pull` },
    ])
  })

  test('gets the credentials of the longest path above the repository', async () => {
    const registry = start({ auth: { scheme: 'token', users: USERS } })
    const digest = pushImage(registry, '1')
    const wrong = { username: 'other', password: new Secret('x') }
    const client = connect({
      [registry.host]: wrong,
      [`${registry.host}/team`]: JOE,
      [`${registry.host}/te`]: wrong,
    })
    expect(await client.resolveTag(at(registry), '1', signal())).toBe(digest)
  })
})

describe('a registry that wants the password itself', () => {
  test('gets it once it has asked, and from then on at once', async () => {
    const registry = start({ auth: { scheme: 'basic', users: USERS } })
    const digest = pushImage(registry, '1')
    const client = connect({ [registry.host]: JOE })
    expect(await client.resolveTag(at(registry), '1', signal())).toBe(digest)
    await client.resolveTag(at(registry), '1', signal())
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([
      null,
      BASIC,
      BASIC,
    ])
  })

  test('is told once of one that is wrong', async () => {
    const registry = start({ auth: { scheme: 'basic', users: { joe: 'other' } } })
    const client = connect({ [registry.host]: JOE })
    const [code, message] = await failureOf(client.resolveTag(at(registry), '1', signal()))
    expect(code).toBe('MISCONFIGURED_CREDENTIALS')
    expect(message).toContain(`does not let these credentials read ${registry.host}/${NAME}`)
    expect(message).not.toContain(PASSWORD)
    expect(registry.requests.length).toBe(2)
  })

  test('does not get it over plain http, unless nobody can listen in', async () => {
    const authorization = new RegistryAuthorization({
      server: new URL('http://registry.invalid'),
      ca: () => undefined,
      credentials: () => JOE,
    })
    const renewed = authorization.renew(NAME, undefined, 'Basic realm="x"', signal())
    expect((await failureOf(renewed))[1]).toBe(
      'registry.invalid wants a password over plain http, where anybody could read it',
    )
  })
})

test('hole 7: credentials do not go where plain http says, for anybody could say so', async () => {
  const authority = await createCertificateAuthority()
  const thief = start({ tls: await issueServerCertificate(authority) })
  thief.intercept = () => Response.json({ token: 'one' })
  const renew = (realm: string, credentials?: Credentials, host = 'registry.invalid:5000') => {
    const server = new URL(`http://${host}`)
    const options = { server, ca: () => authority.cert, credentials: () => credentials }
    const challenge = `Bearer realm="${realm}"`
    // Only the host that does not exist is asked until nobody waits any more.
    const patience = realm.includes('.invalid') ? AbortSignal.timeout(500) : signal()
    return new RegistryAuthorization(options).renew(NAME, undefined, challenge, patience)
  }
  const realm = `${thief.url}/v2/tokens/manifests/1`
  expect(await failureOf(renew(realm, JOE))).toEqual([
    'MISCONFIGURED_CREDENTIALS',
    `registry.invalid:5000 sends credentials to ${thief.host} over plain http, where anybody could say so`,
  ])
  expect(thief.requests).toEqual([])
  const ours = await failureOf(renew('https://registry.invalid/token', JOE))
  expect(ours[0]).toStartWith('UNAVAILABLE_')
  expect(await renew(realm)).toBe('Bearer one')
  expect(await renew(realm, JOE, '127.0.0.2:5000')).toBe('Bearer one')
})

test('hole 7: credentials for another host are not sent', async () => {
  const registry = start({ auth: { scheme: 'basic', users: USERS } })
  const [name = '', port = ''] = registry.host.split(':')
  const client = connect({ [name]: JOE, [`${registry.host}0`]: JOE, [`x${name}:${port}`]: JOE })
  await failureOf(client.resolveTag(at(registry), '1', signal()))
  expect(registry.requests.map(({ authorization }) => authorization)).toEqual([null])
})

describe('hole 7: a redirect is followed without credentials', () => {
  test('and only so often', async () => {
    const storage = start({})
    const registry = start({ auth: { scheme: 'basic', users: USERS } })
    const digest = pushImage(storage, '1')
    pushImage(registry, '1')
    registry.intercept = ({ headers }, path) =>
      headers.get('authorization') === BASIC
        ? Response.redirect(`${storage.url}${path}`, 307)
        : undefined
    const client = connect({ [registry.host]: JOE, [storage.host]: JOE })
    expect(await client.resolveTag(at(registry), '1', signal())).toBe(digest)
    expect(storage.requests.map(({ authorization }) => authorization)).toEqual([null])
    storage.intercept = (_, path) => Response.redirect(`${storage.url}${path}`, 307)
    const [code] = await failureOf(client.resolveTag(at(registry), '1', signal()))
    expect(code).toBe('UNAVAILABLE_STATUS')
    expect(storage.requests.length).toBeLessThan(10)
  })

  test('not from TLS to a server without', async () => {
    const authority = await createCertificateAuthority()
    const registry = start({ tls: await issueServerCertificate(authority) })
    const storage = start({})
    registry.intercept = (_, path) => Response.redirect(`${storage.url}${path}`, 307)
    const client = connect({}, authority.cert)
    expect(await failureOf(client.resolveTag(at(registry), '1', signal()))).toEqual([
      'UNAVAILABLE_STATUS',
      `${registry.host} redirects to ${storage.host}, which is not https`,
    ])
    expect(storage.requests).toEqual([])
  })

  test.each([
    ['http://user:secret@127.0.0.1:1/x', 'to an address with a user'],
    ['http://registry.example/x', 'to registry.example, which is not https'],
    ['http://', 'to no address'],
  ])('not to %s', async (location, why) => {
    const registry = start({})
    registry.intercept = () => new Response(null, { status: 307, headers: { location } })
    expect(await failureOf(connect({}).resolveTag(at(registry), '1', signal()))).toEqual([
      'UNAVAILABLE_STATUS',
      `${registry.host} redirects ${why}`,
    ])
  })
})

test('a registry is trusted under the CA of the validator, and under no other', async () => {
  const authority = await createCertificateAuthority()
  const stranger = await createCertificateAuthority('a stranger')
  const registry = start({ tls: await issueServerCertificate(authority) })
  const digest = pushImage(registry, '1')
  expect(await connect({}, authority.cert).resolveTag(at(registry), '1', signal())).toBe(digest)
  const refused = connect({}, stranger.cert).resolveTag(at(registry), '1', signal())
  expect((await failureOf(refused))[0]).toBe('UNAVAILABLE_TLS')
})

describe('an endpoint that gives no tokens is known to be why', () => {
  /** A registry whose tokens come from elsewhere, and that elsewhere. */
  function startApart(scheme: 'http' | 'https') {
    const [registry, tokens] = [start({}), start({})]
    const realm = `${scheme}://${tokens.host}/v2/tokens/manifests/1`
    const headers = { 'www-authenticate': `Bearer realm="${realm}"` }
    registry.intercept = (request) =>
      request.headers.has('authorization')
        ? undefined
        : new Response(null, { status: 401, headers })
    return { registry, tokens }
  }

  test('while somebody waits for one', async () => {
    const { registry, tokens } = startApart('http')
    const digest = pushImage(registry, '1')
    tokens.intercept = () => new Response(null, { status: 503 })
    const client = connect({})
    const asking = client.resolveTag(at(registry), '1', signal())
    while (client.lastFailure(at(registry)) === undefined) await Bun.sleep(5)
    expect(client.lastFailure(at(registry))?.code).toBe('UNAVAILABLE_STATUS')
    tokens.intercept = () => Response.json({ token: 'one' })
    expect(await asking).toBe(digest)
    expect(client.lastFailure(at(registry))).toBeUndefined()
  })

  test('and not for ever: it may not be asked again for long', async () => {
    const { registry } = startApart('https')
    const client = connect({})
    const asking = client.resolveTag(at(registry), '1', signal())
    expect((await failureOf(asking))[0]).toBe('UNAVAILABLE_TLS')
    expect(client.lastFailure(at(registry))).toBeUndefined()
  })
})
