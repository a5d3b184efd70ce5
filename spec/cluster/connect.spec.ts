import { describe, expect, test } from 'bun:test'
import { utimesSync, writeFileSync } from 'node:fs'
import { findCluster } from '../../src/cluster/connect.ts'
import { AUTHORITY } from './fixture.ts'
import {
  CLIENT,
  connectBy,
  FOREVER,
  identityOf,
  kubeconfig,
  toBase64,
  writeFolder,
} from './kubeconfig-fixture.ts'

const INSIDE = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }

const find = (environment: Readonly<Record<string, string>>, options = {}) =>
  findCluster({ environment, interactive: false, report: () => {}, ...options })

describe('in a pod', () => {
  const files = {
    token: 'abc\n',
    'ca.crt': `# of the cluster\n${AUTHORITY.cert}`,
    namespace: 'connaisseur',
  }

  test('the cluster is found by the service account', async () => {
    const connection = find(INSIDE, { serviceAccountDir: writeFolder(files) })
    expect(connection).toMatchObject({
      namespace: 'connaisseur',
      server: new URL('https://10.0.0.1'),
    })
    expect(connection?.ca()?.trim()).toBe(AUTHORITY.cert.trim())
    expect(await connection?.authenticate(FOREVER)).toEqual({ token: expect.anything() })
  })

  test('the cluster may have an IPv6 address', () => {
    const environment = { ...INSIDE, KUBERNETES_SERVICE_HOST: 'fd00::1' }
    const connection = find(environment, { serviceAccountDir: writeFolder(files) })
    expect(connection?.server.href).toBe('https://[fd00::1]/')
  })

  test('the token and the CA are read again when they change', async () => {
    const folder = writeFolder(files)
    const connection = find(INSIDE, { serviceAccountDir: folder })
    const before = await connection?.authenticate(FOREVER)
    expect(await connection?.authenticate(FOREVER)).toBe(before)
    writeFileSync(`${folder}/token`, 'new')
    writeFileSync(`${folder}/ca.crt`, `${AUTHORITY.cert}${AUTHORITY.cert}`)
    await Bun.sleep(1050)
    const after = await connection?.authenticate(FOREVER)
    expect(after?.token?.reveal()).toBe('new')
    expect(connection?.ca()).toHaveLength(2 * AUTHORITY.cert.length)
  })

  test.each<[string, Partial<typeof files>, string]>([
    ['without CA', { 'ca.crt': '' }, 'it holds no PEM certificate'],
    ['with a token that is none', { token: 'a\nb' }, 'it holds no token'],
  ])('a service account %s is told to the operator', (_, broken, words) => {
    const serviceAccountDir = writeFolder({ ...files, ...broken })
    expect(() => find(INSIDE, { serviceAccountDir })).toThrow(words)
  })

  test('without a token there is no cluster', () => {
    expect(find(INSIDE, { serviceAccountDir: writeFolder({}) })).toBeUndefined()
  })
})

test('elsewhere there is no cluster, whatever KUBECONFIG says', () => {
  expect(find({ KUBECONFIG: '/nowhere' })).toBeUndefined()
})

describe('a kubeconfig', () => {
  test('gives server, CA, server name, proxy and namespace', () => {
    const folder = writeFolder({
      config: kubeconfig({
        'certificate-authority-data': toBase64(AUTHORITY.cert),
        'tls-server-name': 'kubernetes',
        'proxy-url': 'http://proxy:3128',
      }),
    })
    const connection = connectBy(folder)
    expect(connection).toMatchObject({
      server: new URL('https://127.0.0.1:6443'),
      namespace: 'shop',
      serverName: 'kubernetes',
      proxy: 'http://proxy:3128',
      insecureSkipVerify: false,
    })
    expect(connection.ca()?.trim()).toBe(AUTHORITY.cert.trim())
  })

  test('names files from its own folder', async () => {
    const folder = writeFolder({
      config: kubeconfig(
        { 'certificate-authority': 'pki/ca.crt' },
        { 'client-certificate': 'pki/me.crt', 'client-key': './pki/me.key', tokenFile: 'token' },
      ),
      'pki/ca.crt': AUTHORITY.cert,
      'pki/me.crt': CLIENT.cert,
      'pki/me.key': CLIENT.key,
      token: 'abc',
    })
    const connection = connectBy(folder)
    expect(connection.ca()?.trim()).toBe(AUTHORITY.cert.trim())
    const { token, clientCertificate } = await identityOf(connection)
    expect(token).toBe('abc')
    expect(clientCertificate?.cert.trim()).toBe(CLIENT.cert.trim())
    expect(clientCertificate?.key).toBe(CLIENT.key)
  })

  test('gives data before files, and a token file before a token', async () => {
    const folder = writeFolder({
      config: kubeconfig(
        {},
        {
          'client-certificate': 'missing',
          'client-certificate-data': toBase64(CLIENT.cert),
          'client-key-data': toBase64(CLIENT.key),
          token: 'old',
          tokenFile: 'token',
        },
      ),
      token: 'new',
    })
    const { token, clientCertificate } = await identityOf(connectBy(folder))
    expect(token).toBe('new')
    expect(clientCertificate?.key).toBe(CLIENT.key)
  })

  test('whose token file changes gives the new token', async () => {
    const folder = writeFolder({ config: kubeconfig({}, { tokenFile: 'token' }), token: 'old' })
    const connection = connectBy(folder)
    const before = await connection.authenticate(FOREVER)
    expect(await connection.authenticate(FOREVER)).toBe(before)
    writeFileSync(`${folder}/token`, 'another')
    utimesSync(`${folder}/token`, 1, 1)
    await Bun.sleep(1050)
    expect(await identityOf(connection)).toMatchObject({ token: 'another' })
  })

  test('may name nobody', async () => {
    const folder = writeFolder({ config: kubeconfig() })
    expect(await connectBy(folder).authenticate(FOREVER)).toEqual({})
  })

  test('of this machine without TLS is taken, and gets no credentials', async () => {
    const cluster = { server: 'http://127.0.0.1:8001' }
    const folder = writeFolder({ config: kubeconfig(cluster, { token: 'abc' }) })
    expect(await connectBy(folder).authenticate(FOREVER)).toEqual({})
  })

  test('that skips the check of certificates is refused, unless a flag allows it', () => {
    const folder = writeFolder({ config: kubeconfig({ 'insecure-skip-tls-verify': true }) })
    expect(() => connectBy(folder)).toThrow('allow it with --insecure-skip-tls-verify')
    const { insecureSkipVerify } = connectBy(folder, { insecureSkipTlsVerify: true })
    expect(insecureSkipVerify).toBe(true)
  })

  test('that checks certificates does so whatever the flag allows', () => {
    const folder = writeFolder({ config: kubeconfig() })
    expect(connectBy(folder, { insecureSkipTlsVerify: true }).insecureSkipVerify).toBe(false)
  })
})

describe('a kubeconfig that cannot be used says why and shows no credentials', () => {
  const cluster = (entry: object) => kubeconfig({ ...entry })
  const user = (entry: object) => kubeconfig({}, { ...entry })
  const data = (text: string) => ({ 'certificate-authority-data': text })
  test.each<[string, string, string]>([
    ['no YAML', 'users: [s3cret', 'it is not YAML (line 1'],
    ['another document', '{"kind":"Pod","token":"s3cret"}', '"kind" is missing or of another form'],
    ['an anchor', 'users: &a [s3cret]\ncontexts: *a', 'cannot be used'],
    ['no context', '{}', 'it has no current context; name one with --context'],
    ['an unknown context', '{"current-context":"x"}', 'it has no context "x"; it has none'],
    [
      'no cluster',
      kubeconfig().replace('"name":"c"', '"name":"d"'),
      'it has no cluster "c"; it has "d"',
    ],
    ['no server', cluster({ server: 7 }), 'the cluster "c" is not what a kubeconfig has there'],
    ['a remote server without TLS', cluster({ server: 'http://10.0.0.1' }), 'no https:// URL'],
    [
      'a password in the server',
      cluster({ server: 'https://u:s3cret@h' }),
      'more than a host and a path',
    ],
    ['another proxy', cluster({ 'proxy-url': 'socks5://h' }), 'neither http:// nor https://'],
    ['a CA that is none', cluster(data(toBase64('s3cret'))), 'it holds no PEM certificate'],
    ['a CA that is not base64', cluster(data('s3cret!')), 'it is not base64'],
    ['a CA file that is not there', cluster({ 'certificate-authority': 'x' }), 'there is no file'],
    ['an empty token', user({ token: ' ' }), 'it holds no token'],
    ['a token that is a header', user({ token: 's3cret\r\nX: y' }), 'it holds no token'],
    [
      'a certificate alone',
      user({ 'client-certificate-data': toBase64(CLIENT.cert) }),
      'only one of',
    ],
    ['an auth provider', user({ 'auth-provider': { name: 's3cret' } }), '"auth-provider", which'],
    [
      'a password',
      user({ username: 'u', password: 's3cret' }),
      '"username", which is not supported',
    ],
    ['another person to be', user({ as: 'root', token: 's3cret' }), '"as", which is not supported'],
    [
      'a plugin of an old version',
      user({ exec: { apiVersion: 'v1alpha1', command: 'x' } }),
      '"exec.apiVersion"',
    ],
  ])('%s', (_, config, words) => {
    const folder = writeFolder({ config })
    expect(() => connectBy(folder)).toThrow(words)
    expect(() => connectBy(folder)).not.toThrow('s3cret')
    expect(() => connectBy(folder)).toThrow(`the kubeconfig ${folder}/config cannot be used: `)
  })

  test('a file that is not there', () => {
    expect(() => connectBy('/nowhere')).toThrow(
      '/nowhere/config cannot be used: it cannot be read (ENOENT)',
    )
  })
})

describe('several files of KUBECONFIG', () => {
  const named = (name: string, server: string, rest = {}) =>
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server } }],
      contexts: [{ name, context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: rest }],
    })
  const connect = (files: readonly string[], context: string) =>
    find({ KUBECONFIG: files.join(':') }, { context })

  test('are merged: the first that names an entry decides all of it', async () => {
    const folder = writeFolder({
      a: named('one', 'https://first'),
      b: named('two', 'https://second', { token: 'abc' }),
    })
    const connection = connect([`${folder}/a`, `${folder}/missing`, '', `${folder}/b`], 'two')
    expect(connection?.server.href).toBe('https://first/')
    expect(await connection?.authenticate(FOREVER)).toEqual({})
  })

  test('need not all be there, but one', () => {
    expect(() => connect(['/nowhere/a', '/nowhere/b'], 'x')).toThrow(
      'the kubeconfig /nowhere/a and /nowhere/b cannot be used: there is no such file',
    )
  })

  test('are the one in the home where none is named', () => {
    const folder = writeFolder({ '.kube/config': kubeconfig() })
    expect(find({ HOME: folder }, { context: 'spec' })?.namespace).toBe('shop')
  })
})
