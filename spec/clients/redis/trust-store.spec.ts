import { describe, expect, test } from 'bun:test'
import { RedisTrustStore } from '../../../src/clients/redis/trust-store.ts'
import { createEntries } from './fixture.ts'

const ID = { server: 'https://notary.example', gun: 'r.io/app', pin: 'one' }
const bytes = (text: string) => new TextEncoder().encode(text)
const ROOTS = [bytes('root 1'), bytes('root 2')]

function createStore() {
  const { entries, make, stored, reports, clock } = createEntries()
  const told: unknown[] = []
  const report = (message: string, fields: object) => void told.push({ message, ...fields })
  const open = (from = entries) => new RedisTrustStore(from, report, () => clock.now)
  return { store: open(), open, make, stored, reports, told, clock }
}

test('what is saved is loaded, byte by byte', async () => {
  const { store } = createStore()
  expect(await store.load(ID)).toBeUndefined()
  const roles = new Map([
    ['timestamp', new Uint8Array([0, 255, 10, 13])],
    ['targets/releases', bytes('ünï')],
    ['__proto__', bytes('no name of ours')],
  ])
  await store.save(ID, { roots: ROOTS, roles })
  expect(await store.load(ID)).toEqual({ roots: ROOTS, roles })
  for (const other of [{ server: 'https://other' }, { gun: 'r.io/other' }, { pin: 'two' }]) {
    expect(await store.load({ ...ID, ...other })).toBeUndefined()
  }
})

test('roles that are not saved anew stay, and so do other pins', async () => {
  const { store } = createStore()
  await store.save({ ...ID, pin: 'two' }, { roots: ROOTS, roles: new Map() })
  await Promise.all(
    ['timestamp', 'snapshot', 'targets'].map((role) =>
      store.save(ID, { roots: ROOTS, roles: new Map([[role, bytes(role)]]) }),
    ),
  )
  const loaded = await store.load(ID)
  expect(loaded).toMatchObject({ roots: ROOTS })
  const roles = typeof loaded === 'object' ? [...loaded.roles.keys()] : []
  expect(roles).toEqual(['timestamp', 'snapshot', 'targets'])
  expect(await store.load({ ...ID, pin: 'two' })).toMatchObject({ roots: ROOTS })
})

test('what was flushed is not there, and nobody is troubled', async () => {
  const { store, stored, told, reports } = createStore()
  await store.save(ID, { roots: ROOTS, roles: new Map() })
  stored.clear()
  expect(await store.load(ID)).toBeUndefined()
  expect([told, reports]).toEqual([[], []])
})

test('nothing is written where it is not known what is there', async () => {
  const { open, make, stored } = createStore()
  const link = {
    send: async ({ command }: { readonly command: string }) => {
      if (command === 'SET') throw new Error('it must not be written')
      return { ok: false } as const
    },
  }
  await open(make({ link })).save(ID, { roots: ROOTS, roles: new Map() })
  expect(stored.size).toBe(0)
})

describe('while Redis does not answer', () => {
  const mute = async () => ({ ok: false }) as const

  test('it is away, which is not the same as having nothing', async () => {
    const { open, make } = createStore()
    expect(await open(make({ link: { send: mute } })).load(ID)).toBe('away')
  })

  test('a connection is waited for once, and again only after an answer', async () => {
    const { open, make } = createStore()
    const waited: unknown[] = []
    let isOk = false
    const send = async ({ waits }: { readonly waits?: boolean }) => {
      waited.push(waits)
      return isOk ? ({ ok: true, text: undefined } as const) : mute()
    }
    const store = open(make({ link: { send } }))
    await store.load(ID)
    await store.load(ID)
    isOk = true
    expect(await store.load(ID)).toBeUndefined()
    await store.load(ID)
    expect(waited).toEqual([true, false, false, true])
  })
})

test('an entry that is not ours is nothing, and written over', async () => {
  const { store, stored, reports } = createStore()
  await store.save(ID, { roots: ROOTS, roles: new Map() })
  for (const name of stored.keys()) stored.set(name, 'forged')
  expect(await store.load(ID)).toBeUndefined()
  expect(reports).toHaveLength(1)
  await store.save(ID, { roots: ROOTS, roles: new Map() })
  expect(await store.load(ID)).toMatchObject({ roots: ROOTS })
})

test('what is larger than Redis should hold is told of and not saved', async () => {
  const { store, stored, told } = createStore()
  const targets = new Uint8Array(7 * 1024 * 1024)
  await store.save(ID, { roots: ROOTS, roles: new Map([['targets', targets]]) })
  expect(stored.size).toBe(0)
  expect(told).toEqual([expect.objectContaining({ gun: 'r.io/app' })])
})

describe('forgetting', () => {
  test('drops a repository under all its pins, and leaves when', async () => {
    const { store, clock } = createStore()
    for (const pin of ['one', 'two']) {
      await store.save({ ...ID, pin }, { roots: ROOTS, roles: new Map() })
    }
    expect(await store.forgottenAt(ID.server, ID.gun)).toBeUndefined()
    expect(await store.forget(ID.server, ID.gun)).toBe(true)
    for (const pin of ['one', 'two']) expect(await store.load({ ...ID, pin })).toBeUndefined()
    expect(await store.forgottenAt(ID.server, ID.gun)).toBe(clock.now)
    await store.save(ID, { roots: ROOTS, roles: new Map() })
    expect(await store.forgottenAt(ID.server, ID.gun)).toBe(clock.now)
    expect(await store.forget(ID.server, 'r.io/never')).toBe(false)
  })

  test('at a time that is yet to come does not count until then', async () => {
    const { store, clock } = createStore()
    await store.forget(ID.server, ID.gun)
    const forgottenAt = clock.now
    clock.now -= 1
    expect(await store.forgottenAt(ID.server, ID.gun)).toBeUndefined()
    clock.now += 1
    expect(await store.forgottenAt(ID.server, ID.gun)).toBe(forgottenAt)
  })

  test('rejects where Redis does not take it', async () => {
    const { open, make } = createStore()
    const store = open(make({ link: { send: async () => ({ ok: false }) } }))
    await expect(store.forget(ID.server, ID.gun)).rejects.toThrow('cannot be forgotten in redis')
  })
})
