import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CertificateAuthority, createCertificateAuthority } from '../support/certificate.ts'
import { BINARY } from './support/binary.ts'
import { startConnectProxy } from './support/connect-proxy.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenial, review } from './support/expectations.ts'
import { FaultProxy } from './support/fault-proxy.ts'
import { fetchRootKey } from './support/metadata.ts'
import { pinAndStart, startWithPins, writePolicy } from './support/policy.ts'
import { runProgram, waitUntil } from './support/process.ts'
import { initRepository, type Publisher, signImage } from './support/publisher.ts'

setDefaultTimeout(30_000)

let environment: Environment
let alice: Publisher
let gun: string
let digest: string

beforeAll(async () => {
  environment = await startEnvironment('operations')
  alice = await environment.addPublisher()
  gun = environment.gunOf('app')
  const image = await environment.push('app', '1')
  digest = image.digest
  await initRepository(alice, gun, 'docker')
  await signImage(alice, gun, '1', image)
})
afterAll(() => environment?.stop())

async function startProxy(authority: CertificateAuthority): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(environment.notary, authority)
  environment.beforeStop(async () => proxy.close())
  return proxy
}

describe('the CA of a server', () => {
  test('is one of several in a file, which is read again when it changes', async () => {
    const [old, next] = await Promise.all([
      createCertificateAuthority('the old one'),
      createCertificateAuthority('the next one'),
    ])
    const certFile = join(environment.folder, 'ca-bundle.crt')
    writeFileSync(certFile, old.cert)
    const proxy = await startProxy(next)
    const webhook = await pinAndStart(environment, gun, {
      notary: proxy.notary,
      validator: { cert: undefined, certFile },
    })
    expectDenial(await review(webhook, `${gun}:1`, '2s'), `${gun}:1`, 'UNAVAILABLE_TLS')
    writeFileSync(certFile, 'half a certifica')
    await Bun.sleep(1100)
    expectDenial(await review(webhook, `${gun}:1`, '2s'), `${gun}:1`, 'UNAVAILABLE_TLS')
    await webhook.log('changed file cannot be used, its last good content counts')
    writeFileSync(certFile, old.cert + next.cert)
    await Bun.sleep(1100)
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
  })

  test('is nobody by default but those of the system', async () => {
    const proxy = await startProxy(environment.authority)
    const webhook = await pinAndStart(environment, gun, {
      notary: proxy.notary,
      validator: { cert: undefined },
    })
    expectDenial(await review(webhook, `${gun}:1`, '2s'), `${gun}:1`, 'UNAVAILABLE_TLS')
  })
})

test('a proxy of the environment is used, but not for hosts that it names', async () => {
  const tunnel = await startConnectProxy()
  environment.beforeStop(async () => tunnel.stop())
  const { host } = new URL(environment.notary.forwardedUrl)
  const env = { HTTPS_PROXY: tunnel.url }
  await expectAdmitted(await pinAndStart(environment, gun, { env }), `${gun}:1`, digest)
  expect(new Set(tunnel.tunnels)).toEqual(new Set([host]))
  const before = tunnel.tunnels.length
  const direct = { env: { ...env, NO_PROXY: '127.0.0.1' } }
  await expectAdmitted(await pinAndStart(environment, gun, direct), `${gun}:1`, digest)
  expect(tunnel.tunnels.length).toBe(before)
})

describe('/ready', () => {
  test('says no while a required Notary is not well, and yes when it is again', async () => {
    const proxy = await startProxy(environment.authority)
    const webhook = await pinAndStart(environment, gun, {
      notary: proxy.notary,
      validator: { required: true },
    })
    expect((await webhook.ready())[0]).toBe(200)
    expect(proxy.takeRequests()).toEqual(['/_notary_server/health'])
    proxy.close()
    await waitUntil(async () => (await webhook.ready())[0] === 503, '/ready to say no')
    const [, body] = await webhook.ready()
    expect(body).toContain('validator real-notary')
    expect(body).toContain(`${proxy.host} cannot be reached: connection refused`)
    proxy.open()
    await waitUntil(async () => (await webhook.ready())[0] === 200, '/ready to say yes')
    const asked = proxy.takeRequests().length
    for (let index = 0; index < 50; index++) await webhook.ready()
    expect(proxy.takeRequests().length).toBeLessThan(asked + 3)
  })

  test('does not care for one that is not required', async () => {
    const proxy = await startProxy(environment.authority)
    const webhook = await pinAndStart(environment, gun, { notary: proxy.notary })
    proxy.close()
    expect((await webhook.ready())[0]).toBe(200)
    expect(proxy.takeRequests()).toEqual([])
  })
})

describe('root-key', () => {
  test('prints what the publisher signs with, ready to be pinned', async () => {
    const { publicKey } = await fetchRootKey(environment.notary, gun)
    const { forwardedUrl, authorityFile } = environment.notary
    const flags = ['--server', forwardedUrl, '--cacert', authorityFile]
    const surroundings = { folder: environment.folder }
    const byServer = await runProgram([BINARY, 'root-key', ...flags, gun], surroundings)
    expect([byServer.exitCode, byServer.stdout]).toEqual([0, publicKey])
    expect(byServer.stderr).toContain('trust on first use')
    const config = await writePolicy(environment, { [gun]: publicKey })
    const byConfig = await runProgram([BINARY, 'root-key', '--config', config, gun], surroundings)
    expect(byConfig.stdout).toBe(publicKey)
    const pinned = await startWithPins(environment, { [gun]: byConfig.stdout })
    await expectAdmitted(pinned, `${gun}:1`, digest)
  })

  test('names the key by the ids that notary key list and the root have', async () => {
    const { forwardedUrl, authorityFile } = environment.notary
    const flags = ['--server', forwardedUrl, '--cacert', authorityFile, '--output', 'json']
    const { stdout } = await runProgram([BINARY, 'root-key', ...flags, gun], {
      folder: environment.folder,
    })
    const response = await fetch(`${environment.notary.url}/v2/${gun}/_trust/tuf/root.json`, {
      tls: { ca: environment.notary.authority },
    })
    const root: unknown = await response.json()
    const { keys, version } = JSON.parse(stdout)
    expect(root).toMatchObject({
      signed: { version, roles: { root: { keyids: [keys[0].id] } } },
    })
    expect(await alice.run('key', 'list')).toContain(keys[0].canonicalId)
  })
})

test('verify --explain is readable on a terminal and complete in JSON', async () => {
  const { publicKey } = await fetchRootKey(environment.notary, gun)
  const config = await writePolicy(environment, { [gun]: publicKey })
  const verify = [BINARY, 'verify', '--config', config, '--explain']
  const surroundings = { folder: environment.folder }
  const { stdout } = await runProgram([...verify, `${gun}:1`, `${gun}:2`], surroundings)
  for (const words of ['1. reference', '4. roots', '6. timestamp', '9. target  failed']) {
    expect(stdout).toContain(words)
  }
  expect(stdout).toContain('The publisher of the image has to act')
  const json = await runProgram([...verify, '--output=json', `${gun}:1`], surroundings)
  const [image] = JSON.parse(json.stdout).images
  expect(image.steps.map(({ step }: { readonly step: string }) => step)).toEqual([
    'reference',
    'rule',
    'server',
    'roots',
    'root',
    'timestamp',
    'snapshot',
    'targets',
    'target',
  ])
  expect(image.steps[7].facts).toMatchObject({
    version: expect.any(Number),
    expires: expect.any(String),
    signers: [expect.any(String)],
    threshold: 1,
  })
})

test('metadata that is about to expire is told of in time, once', async () => {
  const webhook = await pinAndStart(environment, gun, { validator: { expiryWarningDays: 3650 } })
  for (const _ of [1, 2, 3]) expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
  const log = await webhook.log('trust data expires soon')
  const warnings = log
    .split('\n')
    .filter((line) => line.includes('trust data expires soon'))
    .map((line) => JSON.parse(line))
  expect(warnings.map(({ role }) => role)).toEqual(['root', 'targets'])
  expect(warnings[0]).toMatchObject({ level: 'warn', gun, validator: 'real-notary' })
  const calm = await pinAndStart(environment, gun)
  expect((await review(calm, `${gun}:1`)).allowed).toBeTrue()
  expect(await calm.log('trust data verified')).not.toContain('expires soon')
})
