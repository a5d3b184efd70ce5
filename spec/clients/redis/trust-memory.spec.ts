import { afterEach, expect, test } from 'bun:test'
import { RedisEntries } from '../../../src/clients/redis/entries.ts'
import { RedisLink } from '../../../src/clients/redis/link.ts'
import { RedisTrustStore } from '../../../src/clients/redis/trust-store.ts'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { EmbeddedRedis } from '../../support/redis/server.ts'
import { createApp, DIGEST, validate } from '../../validators/notary-v1/app.ts'
import { older } from '../../validators/notary-v1/store.ts'
import { KEY, settingsFor } from './fixture.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

function startRedis(port = 0): EmbeddedRedis {
  const redis = new EmbeddedRedis(undefined, port)
  closing.push(() => redis.stop())
  return redis
}

/** A replica that has just begun. */
function startReplica({ port }: EmbeddedRedis): TrustMemory {
  const report = () => {}
  const link = new RedisLink(settingsFor(port), report)
  closing.push(() => link.close())
  const entries = new RedisEntries({ link, key: KEY, report })
  return new TrustMemory({ stores: [new RedisTrustStore(entries, report)] })
}

test('a replica that begins while Redis is away learns from it when it is back', async () => {
  const app = await createApp()
  const source = createMemorySource(new Map(app.publish()))
  app.publish()
  const redis = startRedis()
  expect(await validate(app, { memory: startReplica(redis) })).toBe(DIGEST)
  redis.stop()
  redis.disconnect()
  const memory = startReplica(redis)
  expect(await validate(app, { memory, source })).toBe(DIGEST)
  const back = startRedis(redis.port)
  for (const [name, entry] of redis.entries) back.entries.set(name, entry)
  let outcome = DIGEST
  while (outcome === DIGEST) {
    outcome = await validate(app, { memory, source })
    await Bun.sleep(20)
  }
  expect(outcome).toBe(older('timestamp'))
  expect(await validate(app, { memory })).toBe(DIGEST)
})

test('a replica that runs already compares what is new to it with Redis', async () => {
  const app = await createApp()
  app.publish()
  const redis = startRedis()
  const [first, second] = [startReplica(redis), startReplica(redis)]
  for (const memory of [first, second]) expect(await validate(app, { memory })).toBe(DIGEST)
  const between = createMemorySource(new Map(app.publish()))
  app.publish()
  expect(await validate(app, { memory: second })).toBe(DIGEST)
  expect(await validate(app, { memory: first, source: between })).toStartWith(
    'UNTRUSTED_ROLLBACK: timestamp metadata version 2 is older than version 3',
  )
})
