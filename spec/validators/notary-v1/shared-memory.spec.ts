import { describe, expect, test } from 'bun:test'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import type { Repository } from '../../support/notary/repository.ts'
import { createMemorySource, type MemorySource } from '../../support/notary/source.ts'
import { createApp, createReleases, DIGEST, GUN, NOW, OTHER, validate } from './app.ts'
import { createStore, older } from './store.ts'

const RELEASES = 'targets/releases'

/** What the server has now. */
const snapshotOf = (app: Repository): MemorySource => createMemorySource(new Map(app.files))

/** A process of its own with these stores. */
const start = (...stores: readonly ReturnType<typeof createStore>[]) =>
  new TrustMemory({ stores: stores.map(({ store }) => store) })

describe('of several stores', () => {
  test.each([0, 1])('the newest counts, whichever has missed something: %d', async (missing) => {
    const app = await createApp()
    app.publish()
    const old = snapshotOf(app)
    const stores = [createStore(), createStore()]
    await validate(app, { memory: start(...stores) })
    const olderData = new Map(stores[missing]?.data)
    app.publish()
    await validate(app, { memory: start(...stores) })
    for (const [key, data] of olderData) stores[missing]?.data.set(key, data)
    expect(await validate(app, { memory: start(...stores), source: old })).toBe(older('timestamp'))
  })

  test('one still counts when the other was flushed', async () => {
    const app = await createApp()
    app.publish()
    const old = snapshotOf(app)
    app.publish()
    const [flushed, kept] = [createStore(), createStore()]
    await validate(app, { memory: start(flushed, kept) })
    flushed.data.clear()
    expect(await validate(app, { memory: start(flushed, kept), source: old })).toBe(
      older('timestamp'),
    )
  })
})

describe('a store that was away when the process began', () => {
  /** A process that was deceived while the store was away, and the store, which is back. */
  async function createDeceived() {
    const app = await createApp()
    app.publish()
    const old = snapshotOf(app)
    app.publish()
    const shared = createStore()
    await validate(app, { memory: start(shared) })
    shared.state.isAway = true
    const memory = start(shared)
    for (const _ of [1, 2]) expect(await validate(app, { memory, source: old })).toBe(DIGEST)
    shared.state.isAway = false
    return { app, old, memory, shared }
  }

  test('is read at the next verification: what is older is refused from then on', async () => {
    const { app, old, memory } = await createDeceived()
    expect(await validate(app, { memory, source: old })).toBe(older('timestamp'))
    expect(await validate(app, { memory })).toBe(DIGEST)
  })

  test('is told what it missed', async () => {
    const app = await createApp()
    app.publish()
    const old = snapshotOf(app)
    app.publish()
    const shared = createStore()
    shared.state.isAway = true
    const memory = start(shared)
    await validate(app, { memory })
    shared.state.isAway = false
    expect(await validate(app, { memory })).toBe(DIGEST)
    expect(await validate(app, { memory: start(shared), source: old })).toBe(older('timestamp'))
    const before = { ...shared.state }
    expect(await validate(app, { memory })).toBe(DIGEST)
    expect(shared.state).toEqual(before)
  })

  test('is asked again for a name that the server did not have then', async () => {
    const app = await createApp()
    app.publish()
    const old = snapshotOf(app)
    app.publish()
    const shared = createStore()
    await validate(app, { memory: start(shared) })
    shared.state.isAway = true
    const memory = start(shared)
    const nothing = createMemorySource(new Map())
    expect(await validate(app, { memory, source: nothing })).toStartWith('UNTRUSTED_NO_TRUST_DATA')
    shared.state.isAway = false
    expect(await validate(app, { memory, source: old })).toBe(older('timestamp'))
  })

  test('is not asked for names again that it does not have', async () => {
    const shared = createStore()
    const memory = start(shared)
    const app = await createApp()
    for (const _ of [1, 2, 3]) await validate(app, { memory })
    expect(shared.state.loads).toBe(1)
  })
})

describe('a process that runs already', () => {
  /** Two processes at version 1; the second one then sees version 2. */
  async function createTwo() {
    const app = await createReleases()
    app.addTarget('1', DIGEST, RELEASES)
    app.publish()
    const shared = createStore()
    const [first, second] = [start(shared), start(shared)]
    for (const memory of [first, second]) await validate(app, { memory })
    return { app, shared, first, second }
  }

  test('compares what is new to it with what others saw', async () => {
    const { app, first, second } = await createTwo()
    app.publish()
    const between = snapshotOf(app)
    app.publish()
    await validate(app, { memory: second })
    expect(await validate(app, { memory: first, source: between })).toBe(
      'UNTRUSTED_ROLLBACK: timestamp metadata version 2 is older than version 3, which was trusted before',
    )
  })

  test('does so where another role of the same look is older', async () => {
    const { app, first, second } = await createTwo()
    app.publish()
    await validate(app, { memory: second })
    const replayed = {
      signed: <Signed extends object>(honest: Signed) => ({ ...honest, version: 1 }),
    }
    app.publish(NOW, { [RELEASES]: replayed })
    expect(await validate(app, { memory: first })).toBe(older(RELEASES))
  })

  test('does so where others saw a newer root alone', async () => {
    const { app, first, second } = await createTwo()
    const pins = [app.rootPublicKeyPem]
    app.publish()
    const between = snapshotOf(app)
    app.keys.set('root', [await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })])
    app.publish(NOW, { timestamp: { signers: [] } })
    expect(await validate(app, { memory: second, pins })).toStartWith('UNTRUSTED_SIGNATURE')
    expect(await validate(app, { memory: first, pins, source: between })).toBe(older('root'))
  })

  test('never takes the store back', async () => {
    const { app, shared, first, second } = await createTwo()
    app.publish()
    const between = snapshotOf(app)
    app.publish()
    await validate(app, { memory: second })
    const stored = new Map(shared.data)
    await validate(app, { memory: first, source: between })
    expect([...shared.data.values()]).toEqual([...stored.values()])
  })

  test('goes on where a key that raised a version in the store was replaced (TUF 5.3.11)', async () => {
    const { app, shared, first, second } = await createTwo()
    const raised = {
      signed: <Signed extends object>(honest: Signed) => ({ ...honest, version: 1_000_000 }),
    }
    app.publish(NOW, { timestamp: raised })
    await validate(app, { memory: second })
    app.keys.set('timestamp', [await createSigningKey()])
    app.publish(NOW, {
      timestamp: { signed: (honest) => ({ ...honest, version: 2 }) },
    })
    expect(await validate(app, { memory: first })).toBe(DIGEST)
    const { saves } = shared.state
    expect(await validate(app, { memory: first })).toBe(DIGEST)
    expect(shared.state.saves).toBe(saves)
  })
})

describe('roots that part', () => {
  /** An honest repository whose first root key was rotated away, and what its thief makes of it. */
  async function createForked() {
    const app = await createApp()
    const [stolen] = app.keys.get('root') ?? []
    const pins = [app.rootPublicKeyPem]
    app.publish()
    app.keys.set('root', [await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })])
    app.publish()
    const forged = await createApp({ keys: { root: stolen ? [stolen] : [] } })
    forged.addTarget('1', OTHER)
    forged.publish(NOW, { root: { signed: (honest) => ({ ...honest, version: 1000 }) } })
    return { app, pins, source: createMemorySource(forged.files) }
  }

  test('are those of the store: a thief of an old root key deceives only while it is away', async () => {
    const { app, pins, source } = await createForked()
    const shared = createStore()
    await validate(app, { memory: start(shared), pins })
    shared.state.isAway = true
    const memory = start(shared)
    expect(await validate(app, { memory, pins, source })).toBe(OTHER)
    shared.state.isAway = false
    expect(await validate(app, { memory, pins, source })).toStartWith('UNTRUSTED_')
    expect(await validate(app, { memory, pins })).toBe(DIGEST)
  })

  test('are those of the look that ends first', async () => {
    const { app, pins, source } = await createForked()
    const memory = new TrustMemory()
    const held = Promise.withResolvers<void>()
    const slow = {
      ...source,
      fetchByHash: async (...asked: Parameters<MemorySource['fetchByHash']>) => {
        await held.promise
        return source.fetchByHash(...asked)
      },
    }
    const deceived = validate(app, { memory, pins, source: slow })
    expect(await validate(app, { memory, pins })).toBe(DIGEST)
    held.resolve()
    expect(await deceived).toStartWith('UNTRUSTED_')
    expect(await validate(app, { memory, pins })).toBe(DIGEST)
  })
})
