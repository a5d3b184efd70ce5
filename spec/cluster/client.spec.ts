import { afterEach, describe, expect, test } from 'bun:test'
import { Secret } from '../../src/text/secret.ts'
import { createCertificateAuthority, issueClientCertificate } from '../support/certificate.ts'
import { failure, type KubeServer, type KubeServerOptions } from '../support/kube/server.ts'
import { AUTHORITY, clusterFailureOf, makeClient, ROLES, SECRETS, startServer } from './fixture.ts'

const running: KubeServer[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.stop()
})

function serve(options?: Partial<KubeServerOptions>): KubeServer {
  const server = startServer(options)
  running.push(server)
  return server
}

const PATH = '/api/v1/namespaces/shop/secrets/tls'
const NAME = { namespace: 'shop', name: 'tls' }
const tlsSecret = (data: Readonly<Record<string, unknown>> = { a: 'MQ==' }) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'shop', name: 'tls' },
  data,
})

/** Gives up long before a call would, so that what is tried again ends. */
const soon = () => ({ signal: AbortSignal.timeout(300) })

describe('an object', () => {
  test('is got with its metadata and all else that it has', async () => {
    const server = serve()
    const stored = server.store.put(PATH, tlsSecret())
    expect<unknown>(await makeClient(server).get(SECRETS, NAME)).toEqual(stored)
  })

  test('that is not there is NOT_FOUND', async () => {
    const [code, message] = await clusterFailureOf(makeClient(serve()).get(SECRETS, NAME))
    expect(code).toBe('NOT_FOUND')
    expect(message).toBe('the API server does not get secrets (HTTP 404): "NotFound"')
  })

  test('is created once, and ALREADY_EXISTS after that', async () => {
    const client = makeClient(serve())
    const { metadata } = await client.create(SECRETS, tlsSecret())
    expect(metadata).toMatchObject({ ...NAME, uid: expect.any(String) })
    expect(await clusterFailureOf(client.create(SECRETS, tlsSecret()))).toContain('ALREADY_EXISTS')
  })

  test('is replaced from the version that was read, and CONFLICT from any other', async () => {
    const client = makeClient(serve())
    const first = await client.create(SECRETS, tlsSecret())
    const second = await client.replace(SECRETS, { ...first, data: { a: 'Mg==' } })
    expect(second['data']).toEqual({ a: 'Mg==' })
    expect(await clusterFailureOf(client.replace(SECRETS, first))).toContain('CONFLICT')
  })

  test('is deleted, unless it is another one than was meant', async () => {
    const server = serve()
    const client = makeClient(server)
    const { metadata } = await client.create(SECRETS, tlsSecret())
    const other = client.delete(SECRETS, NAME, { uid: 'another' })
    expect(await clusterFailureOf(other)).toContain('CONFLICT')
    await client.delete(SECRETS, NAME, { uid: metadata.uid })
    expect(server.store.get(PATH)).toBeUndefined()
  })

  test('is written with unknown fields refused, under our name', async () => {
    const server = serve()
    await makeClient(server).create(SECRETS, tlsSecret())
    expect(server.requests[0]?.query).toEqual({
      fieldManager: 'connaisseur',
      fieldValidation: 'Strict',
    })
  })
})

describe('an apply', () => {
  const role = (labels: Readonly<Record<string, string>>) => ({
    metadata: { name: 'connaisseur', labels },
    rules: [],
  })

  test('makes the object, and leaves alone what others own', async () => {
    const client = makeClient(serve())
    await client.apply(ROLES, role({ theirs: '1' }), { fieldManager: 'helm' })
    const { metadata } = await client.apply(ROLES, role({ ours: '1' }))
    expect(metadata.labels).toEqual({ theirs: '1', ours: '1' })
  })

  test('of a field that somebody else owns is CONFLICT, and takes it by force', async () => {
    const client = makeClient(serve())
    await client.apply(ROLES, role({ mode: 'theirs' }), { fieldManager: 'helm' })
    const contested = client.apply(ROLES, role({ mode: 'ours' }))
    expect(await clusterFailureOf(contested)).toContain('CONFLICT')
    const { metadata } = await client.apply(ROLES, role({ mode: 'ours' }), { force: true })
    expect(metadata.labels).toEqual({ mode: 'ours' })
  })
})

describe('a list', () => {
  test('is read to its end, page by page, and knows its kind', async () => {
    const server = serve()
    for (let index = 0; index < 600; index++) {
      server.store.put(`/api/v1/namespaces/shop/secrets/s${index}`, {
        ...tlsSecret(),
        metadata: { namespace: 'shop' },
      })
    }
    const { objects, resourceVersion } = await makeClient(server).list(SECRETS)
    expect(objects).toHaveLength(600)
    expect(objects[0]).toMatchObject({ apiVersion: 'v1', kind: 'Secret' })
    expect(resourceVersion).toBe(String(server.store.version))
    expect(server.requests).toHaveLength(3)
  })

  test('without end is MALFORMED', async () => {
    const server = serve()
    server.fault = () => Response.json({ metadata: { resourceVersion: '1', continue: 'x' } })
    expect(await clusterFailureOf(makeClient(server).list(SECRETS))).toEqual([
      'MALFORMED',
      'the list of secrets has no end',
    ])
  })
})

describe('an answer that is no success', () => {
  test.each([
    [400, 'BadRequest', 'INVALID'],
    [403, 'Forbidden', 'FORBIDDEN'],
    [409, 'Conflict', 'CONFLICT'],
    [410, 'Expired', 'EXPIRED'],
    [422, 'Invalid', 'INVALID'],
  ])('has a code to branch on: HTTP %d %s is %s', async (status, reason, code) => {
    const server = serve()
    server.fault = () => failure(status, reason, 'because \u001b[31m of this')
    expect(await clusterFailureOf(makeClient(server).get(SECRETS, NAME))).toEqual([
      code,
      `the API server does not get secrets (HTTP ${status}): "because \\u001b[31m of this"`,
    ])
    expect(server.requests).toHaveLength(1)
  })

  test('is asked again when it is 429 or 5xx, after its Retry-After', async () => {
    const server = serve()
    server.store.put(PATH, tlsSecret())
    const faults = [failure(429, 'TooManyRequests', '', { 'retry-after': '0' }), failure(503, 'x')]
    server.fault = () => faults.shift()
    expect(await makeClient(server).get(SECRETS, NAME)).toMatchObject({ metadata: NAME })
    expect(server.requests).toHaveLength(3)
  })

  test.each([429, 500, 503, 504])('is UNAVAILABLE when HTTP %d lasts', async (status) => {
    const server = serve()
    server.fault = () => failure(status, 'Trouble')
    const [code] = await clusterFailureOf(makeClient(server).get(SECRETS, NAME, soon()))
    expect(code).toBe('UNAVAILABLE')
  })

  test('is not followed when it sends elsewhere', async () => {
    const server = serve()
    server.fault = () => Response.redirect('https://evil.example/', 307)
    const [code] = await clusterFailureOf(makeClient(server).get(SECRETS, NAME))
    expect(code).toBe('UNAVAILABLE')
    expect(server.requests).toHaveLength(1)
  })
})

describe('an answer that is not what was asked for is MALFORMED', () => {
  const stored = {
    ...tlsSecret({ password: 'c2VjcmV0' }),
    metadata: { ...NAME, uid: 'u', resourceVersion: '1' },
  }
  test.each<[string, unknown]>([
    ['no JSON', undefined],
    ['a list', [stored]],
    ['of another kind', { ...stored, kind: 'ConfigMap' }],
    ['of another group', { ...stored, apiVersion: 'evil.example/v1' }],
    ['of another name', { ...stored, metadata: { ...stored.metadata, name: 'other' } }],
    ['of another namespace', { ...stored, metadata: { ...stored.metadata, namespace: 'other' } }],
    ['without uid', { ...stored, metadata: { ...stored.metadata, uid: undefined } }],
    [
      'with owners that are none',
      { ...stored, metadata: { ...stored.metadata, ownerReferences: [1] } },
    ],
  ])('%s', async (_, answer) => {
    const server = serve()
    server.fault = () => (answer === undefined ? new Response('<html>') : Response.json(answer))
    const [code, message] = await clusterFailureOf(makeClient(server).get(SECRETS, NAME))
    expect(code).toBe('MALFORMED')
    expect(message).not.toContain('c2VjcmV0')
  })

  test('larger than any object', async () => {
    const server = serve()
    server.fault = () => new Response(' '.repeat(5_000_000))
    expect(await clusterFailureOf(makeClient(server).get(SECRETS, NAME))).toContain('MALFORMED')
  })
})

describe('a name that no object has reaches no other path', () => {
  test.each(['', '.', '..', '../../clusterroles', 'a/b', '%2e%2e', 'a?b', 'a#b', 'x'.repeat(254)])(
    '%p',
    async (name) => {
      const server = serve()
      const client = makeClient(server)
      const codes = await Promise.all([
        clusterFailureOf(client.get(SECRETS, { namespace: 'shop', name })),
        clusterFailureOf(client.get(SECRETS, { namespace: name, name: 'tls' })),
      ])
      expect(codes.map(([code]) => code)).toEqual(['INVALID', 'INVALID'])
      expect(server.requests).toEqual([])
    },
  )
})

describe('who we are', () => {
  test('is a token, and another one where the first is refused', async () => {
    const server = serve({ tokens: new Set(['new']) })
    server.store.put(PATH, tlsSecret())
    const tokens = [{ token: new Secret('old') }, { token: new Secret('new') }]
    const client = makeClient(server, {
      authenticate: async () => tokens[0] ?? {},
      refused: () => void tokens.shift(),
    })
    expect(await client.get(SECRETS, NAME)).toMatchObject({ metadata: NAME })
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer old',
      'Bearer new',
    ])
  })

  test('is UNAUTHORIZED where there is no other token, which no message shows', async () => {
    const server = serve()
    server.fault = ({ headers }) => failure(401, 'Unauthorized', headers['authorization'])
    const credentials = { token: new Secret('s3cret') }
    expect(await clusterFailureOf(makeClient(server, { credentials }).get(SECRETS, NAME))).toEqual([
      'UNAUTHORIZED',
      'the API server does not get secrets (HTTP 401)',
    ])
    expect(server.requests).toHaveLength(1)
  })

  test('is a client certificate, without which the server does not answer', async () => {
    const server = serve({ clientCa: AUTHORITY.cert })
    server.store.put(PATH, tlsSecret())
    const stranger = await createCertificateAuthority('a stranger')
    const own = await issueClientCertificate(AUTHORITY, { user: 'connaisseur' })
    const foreign = await issueClientCertificate(stranger, { user: 'connaisseur' })
    const ask = (clientCertificate?: typeof own, patience = {}) =>
      makeClient(server, { credentials: { clientCertificate } }).get(SECRETS, NAME, patience)
    expect(await ask(own)).toMatchObject({ metadata: NAME })
    expect(await clusterFailureOf(ask(undefined, soon()))).toContain('UNAVAILABLE')
    expect(await clusterFailureOf(ask(foreign, soon()))).toContain('UNAVAILABLE')
  })
})

describe('the API server is taken for the right one', () => {
  test('only by a certificate of its CA', async () => {
    const server = serve()
    const stranger = await createCertificateAuthority('a stranger')
    const get = (ca?: string) =>
      clusterFailureOf(makeClient(server, { ca: () => ca }).get(SECRETS, NAME))
    expect(await get(stranger.cert)).toEqual([
      'UNAVAILABLE',
      `cannot get secrets: 127.0.0.1:${server.port} cannot be reached: its TLS certificate is from an unknown CA; set \`certificate-authority\` of the kubeconfig to it`,
    ])
    expect(await get(undefined)).toContain('UNAVAILABLE')
    expect(server.requests).toEqual([])
  })

  test('only by the name that the kubeconfig gives it, whatever else is connected', async () => {
    const server = serve()
    server.store.put(PATH, tlsSecret())
    const get = (serverName: string) => makeClient(server, { serverName }).get(SECRETS, NAME)
    expect(await get('localhost')).toMatchObject({ metadata: NAME })
    expect(await clusterFailureOf(get('evil.example'))).toContain('UNAVAILABLE')
    expect(server.requests).toHaveLength(1)
  })

  test('by no certificate at all where a flag says so', async () => {
    const server = serve()
    server.store.put(PATH, tlsSecret())
    const stranger = await createCertificateAuthority('a stranger')
    const options = { ca: () => stranger.cert, insecureSkipVerify: true }
    expect(await makeClient(server, options).get(SECRETS, NAME)).toMatchObject({ metadata: NAME })
  })
})

test('a server that does not answer is UNAVAILABLE at the deadline', async () => {
  const server = serve()
  server.fault = () => new Promise(() => {})
  const [code] = await clusterFailureOf(makeClient(server).get(SECRETS, NAME, soon()))
  expect(code).toBe('UNAVAILABLE')
})
