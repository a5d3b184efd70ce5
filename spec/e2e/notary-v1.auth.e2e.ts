import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { issueServerCertificate } from '../support/certificate.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenied, review } from './support/expectations.ts'
import { FaultProxy } from './support/fault-proxy.ts'
import { type Notary, startNotaryServers } from './support/notary-servers.ts'
import { type PolicyOptions, startWithPins } from './support/policy.ts'
import { initRepository, signImage } from './support/publisher.ts'
import { pushImage, startRegistry } from './support/registry.ts'
import { printRootKey } from './support/root-key.ts'
import { notaryAuth, startTokenServer, type TokenServer, USER } from './support/token-server.ts'

setDefaultTimeout(30_000)

let environment: Environment
let tokens: TokenServer
let notary: Notary
let proxy: FaultProxy
let gun: string
let digest: string
let rootKey: string

beforeAll(async () => {
  environment = await startEnvironment('auth')
  const { folder, authority } = environment
  tokens = await startTokenServer(await issueServerCertificate(authority))
  environment.beforeStop(() => tokens.stop())
  const certificateFile = join(folder, 'token.crt')
  writeFileSync(certificateFile, tokens.certificate)
  const auth = tokens.authSection(certificateFile)
  notary = await startNotaryServers(join(folder, 'closed-notary'), authority, 'ecdsa', auth)
  environment.beforeStop(notary.stop)
  proxy = await FaultProxy.start(notary, authority)
  environment.beforeStop(async () => proxy.close())
  const alice = await environment.addPublisher(notary, {
    ...notaryAuth(),
    SSL_CERT_FILE: notary.authorityFile,
  })
  const registry = await startRegistry(join(folder, 'closed-registry'), auth)
  environment.beforeStop(registry.server.stop)
  const credentials = { ...USER, authorityFile: notary.authorityFile }
  const image = await pushImage(registry, 'app', '1', credentials)
  gun = `${registry.host}/app`
  digest = image.digest
  await initRepository(alice, gun, 'docker')
  await signImage(alice, gun, '1', image)
  // With the program itself, since the server tells nobody without a token.
  rootKey = await printRootKey(environment, proxy.notary, gun, writeSecret('root-key'))
})
afterAll(() => environment?.stop())

const ENCODED = Buffer.from(`${USER.username}:${USER.password}`).toString('base64')

/** Writes a secret and returns the folder of all secrets. */
function writeSecret(name: string, file = 'secret.yaml', text = JSON.stringify(USER)): string {
  const secretsDir = join(environment.folder, 'secrets')
  mkdirSync(join(secretsDir, name), { recursive: true })
  writeFileSync(join(secretsDir, name, file), text)
  return secretsDir
}

const start = (validator: NonNullable<PolicyOptions['validator']>, more: PolicyOptions = {}) =>
  startWithPins(environment, { [gun]: rootKey }, { notary: proxy.notary, validator, ...more })

const withSecret = (name: string, file?: string, text?: string) =>
  start({ auth: { secretName: name } }, { flags: ['--secrets-dir', writeSecret(name, file, text)] })

describe('a Notary that wants tokens is asked with credentials', () => {
  test('of a secret.yaml', async () => {
    await expectAdmitted(await withSecret('yaml'), `${gun}:1`, digest)
  })

  test('of a .dockerconfigjson', async () => {
    const config = JSON.stringify({ auths: { [proxy.host]: { auth: ENCODED } } })
    const connaisseur = await withSecret('docker', '.dockerconfigjson', config)
    await expectAdmitted(connaisseur, `${gun}:1`, digest)
  })

  test('of the configuration, with variables of the environment', async () => {
    const auth = { username: `\${NOTARY_USER}`, password: `\${NOTARY_PASSWORD}` }
    const env = { NOTARY_USER: USER.username, NOTARY_PASSWORD: USER.password }
    await expectAdmitted(await start({ auth }, { env }), `${gun}:1`, digest)
  })
})

describe('a token', () => {
  test('is asked for with our scope, used again, and renewed before it expires', async () => {
    const connaisseur = await withSecret('scope')
    tokens.requests.length = 0
    for (const _ of [1, 2, 3]) expect((await review(connaisseur, `${gun}:1`)).allowed).toBeTrue()
    expect(tokens.requests).toEqual([
      {
        authorization: `Basic ${ENCODED}`,
        scope: `repository:${gun}:pull`,
        service: 'spec-service',
      },
    ])
    tokens.lifetimeSeconds = 5
    const brief = await withSecret('brief')
    tokens.requests.length = 0
    for (const _ of [1, 2]) expect((await review(brief, `${gun}:1`)).allowed).toBeTrue()
    // Each of the files is fetched with a token of its own, but for the first challenge.
    expect(tokens.requests.length).toBeGreaterThan(1)
    tokens.lifetimeSeconds = 300
  })

  test('is all that the Notary ever sees, and none of it is in the log', async () => {
    const connaisseur = await withSecret('seen')
    proxy.requests.length = 0
    expect((await review(connaisseur, `${gun}:1`)).allowed).toBeTrue()
    const seen = proxy.requests.map(({ headers }) => headers['authorization'] ?? '')
    expect(seen.filter((value) => value.startsWith('Bearer ')).length).toBeGreaterThan(0)
    expect(seen.every((value) => value === '' || value.startsWith('Bearer '))).toBeTrue()
    const log = await connaisseur.log('request admitted')
    for (const secret of [USER.password, ENCODED, 'Bearer']) expect(log).not.toContain(secret)
  })
})

describe('wrong credentials are MISCONFIGURED and name the host, never "unsigned"', () => {
  test('a wrong password', async () => {
    const text = JSON.stringify({ ...USER, password: 'wrong' })
    const connaisseur = await withSecret('wrong', 'secret.yaml', text)
    await expectDenied(connaisseur, `${gun}:1`, 'MISCONFIGURED_CREDENTIALS')
    const { entry } = await connaisseur.verify(`${gun}:1`)
    expect(entry.reason).toBe(`${tokens.host} refuses the credentials for ${proxy.host} (HTTP 401)`)
  })

  test('no credentials', async () => {
    await expectDenied(await start({}), `${gun}:1`, 'MISCONFIGURED_CREDENTIALS')
  })

  test('credentials of another host are a start-up error, and go nowhere', async () => {
    tokens.requests.length = 0
    const config = JSON.stringify({ auths: { 'other.example': { auth: ENCODED } } })
    await expect(withSecret('foreign', '.dockerconfigjson', config)).rejects.toThrow(
      `it has no credentials for ${proxy.host}`,
    )
    expect(tokens.requests).toEqual([])
  })

  test('a token endpoint that is not https is not asked', async () => {
    const challenge = `Bearer realm="http://${tokens.host}/token",service="spec-service"`
    proxy.faults.set('', {
      kind: 'status',
      status: 401,
      headers: { 'WWW-Authenticate': challenge },
    })
    tokens.requests.length = 0
    await expectDenied(await withSecret('plain'), `${gun}:1`, 'MISCONFIGURED_CREDENTIALS')
    expect(tokens.requests).toEqual([])
    proxy.faults.clear()
  })
})

test('a secret that is changed is read again while the program runs', async () => {
  const wrong = JSON.stringify({ ...USER, password: 'wrong' })
  const connaisseur = await withSecret('changed', 'secret.yaml', wrong)
  expect((await review(connaisseur, `${gun}:1`)).allowed).toBeFalse()
  writeSecret('changed')
  await Bun.sleep(1100)
  expect((await review(connaisseur, `${gun}:1`)).allowed).toBeTrue()
  await connaisseur.log('file was read again')
})
