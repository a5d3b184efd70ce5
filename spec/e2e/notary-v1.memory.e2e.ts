import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BINARY } from './support/binary.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectAdmitted, expectDenial, review } from './support/expectations.ts'
import { FaultProxy } from './support/fault-proxy.ts'
import { fetchRootKey } from './support/metadata.ts'
import { pinAndStart, startWithPins, writePolicy } from './support/policy.ts'
import { runProgram } from './support/process.ts'
import { initRepository, type Publisher, signImage } from './support/publisher.ts'

setDefaultTimeout(30_000)

let environment: Environment
let alice: Publisher
let proxy: FaultProxy

beforeAll(async () => {
  environment = await startEnvironment('memory')
  alice = await environment.addPublisher()
  proxy = await FaultProxy.start(environment.notary, environment.authority)
  environment.beforeStop(async () => proxy.close())
})
afterAll(() => environment?.stop())

async function signOne(repository: string) {
  const gun = environment.gunOf(repository)
  const image = await environment.push(repository, '1')
  await initRepository(alice, gun, 'docker')
  await signImage(alice, gun, '1', image)
  return { gun, digest: image.digest, image }
}

/** Downloads what the server has now, under the paths that a client asks for. */
async function download(gun: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const base = `/v2/${gun}/_trust/tuf`
  for (const name of ['root', 'timestamp', 'snapshot', 'targets']) {
    const response = await fetch(`${environment.notary.url}${base}/${name}.json`, {
      tls: { ca: environment.notary.authority },
    })
    const body = await response.bytes()
    const sha256 = new Bun.CryptoHasher('sha256').update(body).digest('hex')
    files.set(`${base}/${name}.json`, body)
    files.set(`${base}/${name}.${sha256}.json`, body)
  }
  return files
}

function replay(files: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, body] of files) proxy.files.set(path, body)
}

describe('a root key that is rotated', () => {
  test('once and twice: the old pin keeps working, with and without memory', async () => {
    const { gun, digest, image } = await signOne('rotated')
    const { publicKey } = await fetchRootKey(environment.notary, gun)
    const running = await startWithPins(environment, { [gun]: publicKey })
    await expectAdmitted(running, `${gun}:1`, digest)
    for (const round of ['first', 'second']) {
      await alice.run('key', 'rotate', gun, 'root')
      await expectAdmitted(running, `${gun}:1`, digest)
      await expectAdmitted(
        await startWithPins(environment, { [gun]: publicKey }),
        `${gun}:1`,
        digest,
      )
      await expectAdmitted(await pinAndStart(environment, gun), `${gun}:1`, digest)
      await signImage(alice, gun, round, image)
      await alice.run('key', 'rotate', gun, 'snapshot', '-r')
      await expectAdmitted(running, `${gun}:${round}`, digest)
    }
    const { entry } = await running.verify(`${gun}:1`, '--explain')
    const versions = entry.steps?.find(({ step }) => step === 'roots')?.facts['versions']
    expect(versions).toEqual(['2', '3', '4', '5', '6'])
  })

  test('is denied while the server hides a root of the chain', async () => {
    const { gun } = await signOne('hidden')
    const { publicKey } = await fetchRootKey(environment.notary, gun)
    await alice.run('key', 'rotate', gun, 'root')
    await alice.run('key', 'rotate', gun, 'root')
    const fresh = await startWithPins(environment, { [gun]: publicKey }, { notary: proxy.notary })
    const [hidden] = [3].map((version) => `/v2/${gun}/_trust/tuf/${version}.root.json`)
    proxy.files.set(hidden ?? '', undefined)
    expectDenial(await review(fresh, `${gun}:1`), `${gun}:1`, 'UNTRUSTED_ROOT')
    proxy.files.clear()
    expect((await review(fresh, `${gun}:1`)).allowed).toBeTrue()
  })
})

describe('an unchanged repository', () => {
  test('costs one request over one connection, after a restart with --state-dir too', async () => {
    const { gun, digest } = await signOne('unchanged')
    const flags = ['--state-dir', join(environment.folder, 'state-unchanged')]
    const webhook = await pinAndStart(environment, gun, { notary: proxy.notary, flags })
    proxy.takeRequests()
    proxy.connections.clear()
    await review(webhook, `${gun}:1`)
    expect(proxy.takeRequests()).toEqual([
      'timestamp.json',
      'root.json',
      'snapshot.json',
      'targets.json',
    ])
    for (let index = 0; index < 5; index++) {
      expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
    }
    expect(proxy.takeRequests()).toEqual(Array(5).fill('timestamp.json'))
    expect(proxy.connections.size).toBe(1)
    await webhook.crash()
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
    expect(proxy.takeRequests()).toEqual(['timestamp.json'])
    await expectAdmitted(webhook, `${gun}:1`, digest)
  })
})

describe('an older state of the server', () => {
  test('is refused as rollback, across kill -9 with --state-dir, until it is forgotten', async () => {
    const { gun, image } = await signOne('rollback')
    const old = await download(gun)
    await signImage(alice, gun, '2', image)
    const stateDir = join(environment.folder, 'state-rollback')
    const { publicKey } = await fetchRootKey(environment.notary, gun)
    const options = { notary: proxy.notary, flags: ['--state-dir', stateDir] }
    const config = await writePolicy(environment, { [gun]: publicKey }, options)
    const webhook = await startWithPins(environment, { [gun]: publicKey }, options)
    expect((await review(webhook, `${gun}:2`)).allowed).toBeTrue()
    replay(old)
    expectDenial(await review(webhook, `${gun}:1`), `${gun}:1`, 'UNTRUSTED_ROLLBACK')
    await webhook.crash()
    expectDenial(await review(webhook, `${gun}:1`), `${gun}:1`, 'UNTRUSTED_ROLLBACK')
    const forget = [BINARY, 'forget', '--config', config, '--state-dir', stateDir, `${gun}:1`]
    const { exitCode, stdout } = await runProgram(forget, { folder: environment.folder })
    expect([exitCode, stdout]).toEqual([
      0,
      `what was remembered of ${gun} at ${proxy.notary.forwardedUrl} is forgotten\n`,
    ])
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
    proxy.files.clear()
  })

  test('of nothing, made anew under the same root key, is refused until it is forgotten', async () => {
    const { gun, digest, image } = await signOne('anew')
    const stateDir = join(environment.folder, 'state-anew')
    const { publicKey } = await fetchRootKey(environment.notary, gun)
    const options = { flags: ['--state-dir', stateDir] }
    const config = await writePolicy(environment, { [gun]: publicKey }, options)
    const webhook = await startWithPins(environment, { [gun]: publicKey }, options)
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
    await alice.run('delete', gun, '--remote')
    await initRepository(alice, gun, 'docker')
    await signImage(alice, gun, '1', image)
    expectDenial(await review(webhook, `${gun}:1`), `${gun}:1`, 'UNTRUSTED_ROOT')
    const forget = [BINARY, 'forget', '--config', config, '--state-dir', stateDir, gun]
    expect((await runProgram(forget, { folder: environment.folder })).exitCode).toBe(0)
    await expectAdmitted(webhook, `${gun}:1`, digest)
  })

  test('is taken by a process without memory, which is what memory is for', async () => {
    const { gun, image } = await signOne('forgetful')
    const old = await download(gun)
    await signImage(alice, gun, '2', image)
    const webhook = await pinAndStart(environment, gun, { notary: proxy.notary })
    expect((await review(webhook, `${gun}:2`)).allowed).toBeTrue()
    replay(old)
    await webhook.crash()
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
    proxy.files.clear()
  })
})

describe('a state folder', () => {
  test('with a torn or foreign file is reported and rebuilt', async () => {
    const { gun } = await signOne('torn')
    const stateDir = join(environment.folder, 'state-torn')
    const flags = ['--state-dir', stateDir]
    const webhook = await pinAndStart(environment, gun, { notary: proxy.notary, flags })
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
    for (const file of new Bun.Glob('**/*.json').scanSync({ cwd: stateDir, absolute: true })) {
      const bytes = await Bun.file(file).bytes()
      writeFileSync(file, bytes.subarray(0, bytes.length / 2))
    }
    await webhook.crash()
    proxy.takeRequests()
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
    expect(proxy.takeRequests().length).toBe(4)
    await webhook.log('remembered trust data is not usable')
    await webhook.crash()
    expect((await review(webhook, `${gun}:1`)).allowed).toBeTrue()
    expect(proxy.takeRequests()).toEqual(['timestamp.json'])
    expect(await webhook.log('request admitted')).not.toContain('not usable')
  })

  test('that cannot be written is a start-up error', async () => {
    const { gun } = await signOne('unwritable')
    const { publicKey } = await fetchRootKey(environment.notary, gun)
    const config = await writePolicy(environment, { [gun]: publicKey })
    const file = join(environment.folder, 'a-file')
    mkdirSync(environment.folder, { recursive: true })
    writeFileSync(file, '')
    const command = [BINARY, 'verify', '--config', config, '--state-dir', file, `${gun}:1`]
    const { exitCode, stderr } = await runProgram(command, { folder: environment.folder })
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`${file} cannot be used to keep state`)
  })
})
