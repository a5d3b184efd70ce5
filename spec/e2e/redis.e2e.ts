import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test'
import { join } from 'node:path'
import { BINARY } from './support/binary.ts'
import type { Connaisseur } from './support/connaisseur.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { expectDenial, review } from './support/expectations.ts'
import { FaultProxy } from './support/fault-proxy.ts'
import { fetchRootKey } from './support/metadata.ts'
import { type PolicyOptions, startWithPins, writePolicy } from './support/policy.ts'
import { runProgram, waitUntil } from './support/process.ts'
import { initRepository, type Publisher, signImage } from './support/publisher.ts'
import { type RealRedis, startRedis } from './support/redis-server.ts'

setDefaultTimeout(60_000)

const CACHE = { expirySeconds: 600 }

let environment: Environment
let alice: Publisher
let proxy: FaultProxy
let redis: RealRedis
let gun: string
let pins: Record<string, string>
let oldest: Map<string, Uint8Array>
let older: Map<string, Uint8Array>

beforeAll(async () => {
  environment = await startEnvironment('redis')
  alice = await environment.addPublisher()
  proxy = await FaultProxy.start(environment.notary, environment.authority)
  environment.beforeStop(async () => proxy.close())
  redis = await startRedis(join(environment.folder, 'redis'), environment.authority)
  environment.beforeStop(() => redis.stop())
  gun = environment.gunOf('shared')
  const image = await environment.push('shared', '1')
  await initRepository(alice, gun, 'docker')
  await signImage(alice, gun, '1', image)
  oldest = await download()
  await signImage(alice, gun, 'again', image)
  older = await download()
  await signImage(alice, gun, '2', image)
  pins = { [gun]: (await fetchRootKey(environment.notary, gun)).publicKey }
})
afterAll(() => environment?.stop())
beforeEach(async () => {
  proxy.faults.clear()
  proxy.files.clear()
  await redis.admin.send('FLUSHALL', [])
})

/** Starts a replica; the same options are the same configuration. */
function replica(options: Pick<PolicyOptions, 'cache' | 'env' | 'flags'> = {}) {
  const env = { ...redis.env, ...options.env }
  return startWithPins(environment, pins, { notary: proxy.notary, cache: CACHE, ...options, env })
}

/** Takes the Notary away, so that whatever is admitted comes from a cache. */
function takeNotaryAway(): void {
  proxy.faults.set('', { kind: 'status', status: 503 })
}

async function download(): Promise<Map<string, Uint8Array>> {
  const base = `/v2/${gun}/_trust/tuf`
  const files = new Map<string, Uint8Array>()
  for (const name of ['root', 'timestamp', 'snapshot', 'targets']) {
    const url = `${environment.notary.url}${base}/${name}.json`
    const body = await fetch(url, { tls: { ca: environment.notary.authority } })
    const bytes = await body.bytes()
    const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
    files.set(`${base}/${name}.json`, bytes)
    files.set(`${base}/${name}.${sha256}.json`, bytes)
  }
  return files
}

async function expectAllowed(connaisseur: Connaisseur, tag = '1'): Promise<void> {
  const { allowed, status } = await review(connaisseur, `${gun}:${tag}`)
  expect([allowed, status?.message]).toEqual([true, undefined])
}

async function expectOutage(connaisseur: Connaisseur): Promise<void> {
  const answer = await review(connaisseur, `${gun}:1`, '2s')
  expectDenial(answer, `${gun}:1`, 'UNAVAILABLE_STATUS')
}

/** The keys of verdicts in Redis. */
async function verdictKeys(): Promise<readonly string[]> {
  const keys: unknown = await redis.admin.send('KEYS', ['connaisseur:verdict:*'])
  return Array.isArray(keys) ? keys.map(String) : []
}

/** Waits until a replica has saved its verdict. */
async function savedVerdict(known: readonly string[] = []): Promise<string> {
  for (;;) {
    const fresh = (await verdictKeys()).find((key) => !known.includes(key))
    if (fresh !== undefined) return fresh
    await Bun.sleep(10)
  }
}

describe('a real redis-server with TLS, client certificates and a user of few rights', () => {
  test('lets a replica use what another one verified', async () => {
    const [one, two] = [await replica(), await replica()]
    await expectAllowed(one)
    await savedVerdict()
    takeNotaryAway()
    await expectAllowed(two)
  })

  test('holds nothing that tells what is deployed', async () => {
    await expectAllowed(await replica())
    const key = await savedVerdict()
    expect(key).toMatch(/^connaisseur:verdict:[0-9a-f]{64}$/)
  })

  test('is not asked at all where verdicts are not kept', async () => {
    const [one, two] = [
      await replica({ cache: { expirySeconds: 0 } }),
      await replica({ cache: { expirySeconds: 0 } }),
    ]
    await expectAllowed(one)
    takeNotaryAway()
    await expectOutage(two)
    expect(await verdictKeys()).toEqual([])
  })
})

describe('whoever can write to Redis admits nothing', () => {
  test('with a forged entry', async () => {
    const [one, two] = [await replica(), await replica()]
    await expectAllowed(one)
    const key = await savedVerdict()
    const entry = `${await redis.admin.get(key)}`
    const [seal, until, text] = entry.split(/\.(?=\d|\{)/)
    const forged = `${text}`.replace(/[0-9a-f]{64}/, 'e'.repeat(64))
    takeNotaryAway()
    for (const value of [`${seal}.${until}.${forged}`, forged, 'x'.repeat(10_000_000)]) {
      await redis.admin.set(key, value)
      await expectOutage(two)
    }
    await two.log('an entry in redis is not ours')
    await redis.admin.set(key, entry)
    await expectAllowed(two)
  })

  test('with an entry of another configuration', async () => {
    const [one, other] = [await replica(), await replica({ cache: { expirySeconds: 601 } })]
    await expectAllowed(other)
    const foreign = await savedVerdict()
    const entry = `${await redis.admin.get(foreign)}`
    await expectAllowed(one)
    const own = await savedVerdict([foreign])
    takeNotaryAway()
    const fresh = await replica()
    await redis.admin.set(own, entry)
    await expectOutage(fresh)
  })

  test('with an entry of another image', async () => {
    const one = await replica()
    await expectAllowed(one, '2')
    const second = await savedVerdict()
    const entry = `${await redis.admin.get(second)}`
    await expectAllowed(one, '1')
    const first = await savedVerdict([second])
    takeNotaryAway()
    const fresh = await replica()
    await redis.admin.set(first, entry)
    await expectOutage(fresh)
  })

  test('with entries of a replica that has another key', async () => {
    const foreign = await replica({
      env: { CACHE_KEY: 'another key, of somebody else altogether' },
    })
    await expectAllowed(foreign)
    await savedVerdict()
    takeNotaryAway()
    await expectOutage(await replica())
  })
})

describe('a Redis in trouble costs only the cache', () => {
  test('frozen: the admission is as quick as without it, and it is used again later', async () => {
    const one = await replica()
    await expectAllowed(one)
    redis.server.suspend()
    const start = performance.now()
    await expectAllowed(one, '2')
    expect(performance.now() - start).toBeLessThan(5000)
    redis.server.resume()
    await one.log('redis cannot be used')
  })

  test('full: it is told of, and what can be verified is admitted', async () => {
    const one = await replica()
    await redis.admin.send('CONFIG', ['SET', 'maxmemory', '1'])
    await expectAllowed(one)
    await one.log('OOM')
    await redis.admin.send('CONFIG', ['SET', 'maxmemory', '0'])
    await expectAllowed(one, '2')
    await savedVerdict()
  })

  test('killed, and started again empty', async () => {
    const one = await replica()
    await expectAllowed(one)
    await redis.server.kill()
    redis.admin.close()
    await expectAllowed(one, '2')
    const port = Number(redis.env['REDIS_PORT'])
    redis = await startRedis(join(environment.folder, 'redis'), environment.authority, port)
    await expectAllowed(one)
  })

  test('with a certificate of somebody else: it gets nothing', async () => {
    const one = await replica({
      env: { REDIS_CA: join(environment.folder, 'notary', 'none') },
    }).catch((error: unknown) => String(error))
    expect(`${one}`).toContain('REDIS_CA')
    const wrong = await replica({ env: { REDIS_PASSWORD: 'wrong' } })
    await expectAllowed(wrong)
    await wrong.log('redis cannot be used')
    expect(await verdictKeys()).toEqual([])
  })
})

describe('versions that were seen', () => {
  const uncached = { cache: { expirySeconds: 0 } }

  test('are known after kill -9 from Redis alone, until they are forgotten', async () => {
    const one = await replica(uncached)
    await expectAllowed(one, '2')
    for (const [path, body] of older) proxy.files.set(path, body)
    await one.crash()
    expectDenial(await review(one, `${gun}:1`), `${gun}:1`, 'UNTRUSTED_ROLLBACK')
    const config = await writePolicy(environment, pins, { notary: proxy.notary, ...uncached })
    const { exitCode, stdout } = await runProgram(
      [BINARY, 'forget', '--config', config, `${gun}:1`],
      {
        folder: environment.folder,
        env: redis.env,
      },
    )
    expect([exitCode, stdout]).toEqual([
      0,
      `what was remembered of ${gun} at ${proxy.notary.forwardedUrl} is forgotten\n`,
    ])
    await expectAllowed(one)
  })

  test('are known still to a process whose Redis was flushed', async () => {
    const one = await replica(uncached)
    await expectAllowed(one, '2')
    await redis.admin.send('FLUSHALL', [])
    for (const [path, body] of older) proxy.files.set(path, body)
    expectDenial(await review(one, `${gun}:1`), `${gun}:1`, 'UNTRUSTED_ROLLBACK')
  })

  test('are learnt by a replica that began while Redis was away, when it is back', async () => {
    const one = await replica(uncached)
    await expectAllowed(one, '2')
    redis.server.suspend()
    const other = await replica(uncached)
    for (const [path, body] of older) proxy.files.set(path, body)
    await expectAllowed(other)
    redis.server.resume()
    await waitUntil(async () => !(await review(other, `${gun}:1`)).allowed, 'a denial')
    expectDenial(await review(other, `${gun}:1`), `${gun}:1`, 'UNTRUSTED_ROLLBACK')
    proxy.files.clear()
    await expectAllowed(other, '2')
  })

  test('by another replica count when one that runs is shown something new to it', async () => {
    const [one, other] = [await replica(uncached), await replica(uncached)]
    for (const [path, body] of oldest) proxy.files.set(path, body)
    await expectAllowed(one)
    proxy.files.clear()
    await expectAllowed(other, '2')
    for (const [path, body] of older) proxy.files.set(path, body)
    expectDenial(await review(one, `${gun}:1`), `${gun}:1`, 'UNTRUSTED_ROLLBACK')
  })

  test('are no reason to deny what is newer', async () => {
    for (const [path, body] of older) proxy.files.set(path, body)
    const one = await replica(uncached)
    await expectAllowed(one)
    proxy.files.clear()
    await one.crash()
    await expectAllowed(one, '2')
  })
})

test('without a key that Redis does not have the start is refused', async () => {
  const config = await writePolicy(environment, pins, { notary: proxy.notary })
  const command = [BINARY, 'serve', '--config', config, '--listen', '127.0.0.1:0']
  const { exitCode, stderr } = await runProgram(command, {
    folder: environment.folder,
    env: { ...redis.env, CACHE_KEY: '' },
  })
  expect([exitCode, stderr.split(',')[0]]).toEqual([
    2,
    'REDIS_HOST needs CACHE_KEY or CACHE_KEY_FILE',
  ])
})
