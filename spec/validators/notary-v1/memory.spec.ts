import { describe, expect, test } from 'bun:test'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import type { NotarySource } from '../../../src/validators/notary-v1/source.ts'
import type { StoredTrustData } from '../../../src/validators/notary-v1/store.ts'
import { toPublicKeyPem } from '../../support/key-pair.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import type { MetaSigned, SignedCommon } from '../../support/notary/metadata.ts'
import { createRepository } from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createApp, createReleases, DIGEST, GUN, NOW, OTHER, validate } from './app.ts'
import { createStore, older } from './store.ts'

const MONTH_MS = 30 * 86_400_000
const RELEASES = 'targets/releases'

/** Writes a version, whatever it should be. */
const withVersion = (version: number) => ({
  signed: <Signed extends SignedCommon>(honest: Signed) => ({ ...honest, version }),
})

describe('hole 8: rollback and freeze', () => {
  test('an older state of the whole repository is refused', async () => {
    const app = await createApp()
    const old = new Map(app.publish())
    const memory = new TrustMemory()
    app.publish()
    expect(await validate(app, { memory })).toBe(DIGEST)
    const source = createMemorySource(old)
    expect(await validate(app, { memory, source })).toBe(older('timestamp'))
    expect(await validate(app, { source })).toBe(DIGEST)
  })

  test.each(['timestamp', 'snapshot', 'targets', RELEASES] as const)(
    'an older %s is refused under newer metadata',
    async (role) => {
      const app = await createReleases()
      app.addTarget('1', DIGEST, RELEASES)
      app.publish()
      app.publish()
      const memory = new TrustMemory()
      expect(await validate(app, { memory })).toBe(DIGEST)
      app.publish(NOW, { [role]: withVersion(1) })
      expect(await validate(app, { memory })).toBe(older(role))
    },
  )

  test.each(['timestamp', 'snapshot', 'targets', RELEASES] as const)(
    'another %s of the same version is refused',
    async (role) => {
      const app = await createReleases()
      app.addTarget('1', DIGEST, RELEASES)
      app.publish()
      const memory = new TrustMemory()
      expect(await validate(app, { memory })).toBe(DIGEST)
      app.publish(new Date(NOW.getTime() + 1000), { [role]: withVersion(1) })
      expect(await validate(app, { memory })).toBe(
        `UNTRUSTED_ROLLBACK: ${role} metadata version 1 is another file than the one of that version that was trusted before`,
      )
    },
  )

  test('a delegation that is left out of the snapshot is not one that never signed', async () => {
    const app = await createReleases()
    app.addTarget('1', OTHER, RELEASES)
    app.removeTarget('1')
    app.publish()
    const memory = new TrustMemory()
    expect(await validate(app, { memory })).toBe(OTHER)
    app.addTarget('1', DIGEST)
    const without = {
      snapshot: {
        signed: ({ meta, ...rest }: MetaSigned) => {
          const { [RELEASES]: _, ...others } = meta
          return { ...rest, meta: others }
        },
      },
    }
    app.publish(NOW, without)
    expect(await validate(app)).toBe(DIGEST)
    const leftOut = `UNTRUSTED_ROLLBACK: the snapshot does not list ${RELEASES} any more, of which version 1 was trusted before`
    expect(await validate(app, { memory })).toBe(leftOut)
    expect(await validate(app, { memory, delegations: [RELEASES] })).toBe(leftOut)
    app.keys.set(RELEASES, [await createSigningKey()])
    app.publish(NOW, without)
    expect(await validate(app, { memory })).toBe(DIGEST)
  })

  test('what was seen in a look that failed later counts too', async () => {
    const app = await createApp()
    const old = new Map(app.publish())
    app.publish(NOW, { targets: { signers: [] } })
    const memory = new TrustMemory()
    expect(await validate(app, { memory })).toStartWith('UNTRUSTED_SIGNATURE: targets')
    const source = createMemorySource(old)
    expect(await validate(app, { memory, source })).toBe(older('timestamp'))
  })

  test('after the deletion of a tag the state with the tag is refused', async () => {
    const app = await createApp()
    app.addTarget('2', OTHER)
    const old = new Map(app.publish())
    const memory = new TrustMemory()
    app.removeTarget('2')
    app.publish()
    await validate(app, { memory })
    const source = createMemorySource(old)
    expect(await validate(app, { memory, source, image: `${GUN}:2` })).toBe(older('timestamp'))
  })
})

describe('versions that a stolen key raised to the sky', () => {
  test.each(['timestamp', 'snapshot', 'targets'] as const)(
    'are forgotten with the key: %s (TUF 5.3.11)',
    async (role) => {
      const app = await createApp()
      app.publish(NOW, { [role]: withVersion(Number.MAX_SAFE_INTEGER - 1) })
      const memory = new TrustMemory()
      expect(await validate(app, { memory })).toBe(DIGEST)
      app.publish(NOW, { [role]: withVersion(2) })
      expect(await validate(app, { memory })).toStartWith('UNTRUSTED_ROLLBACK: ')
      app.keys.set(role, [await createSigningKey()])
      app.publish(NOW, { [role]: withVersion(2) })
      expect(await validate(app, { memory })).toBe(DIGEST)
      app.publish(NOW, { [role]: withVersion(1) })
      expect(await validate(app, { memory })).toBe(older(role))
    },
  )
})

describe('a memory', () => {
  test('belongs to a pinned key: another pin begins anew, both together know what one knows', async () => {
    const other = await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })
    const app = await createApp()
    app.keys.set('root', [...(app.keys.get('root') ?? []), other])
    const old = new Map(app.publish())
    app.publish()
    const memory = new TrustMemory()
    const first = app.rootPublicKeyPem
    const second = toPublicKeyPem(other.keyPair)
    const source = createMemorySource(old)
    expect(await validate(app, { memory, pins: [first] })).toBe(DIGEST)
    expect(await validate(app, { memory, pins: [second, first], source })).toBe(older('timestamp'))
    expect(await validate(app, { memory, pins: [second], source })).toBe(DIGEST)
  })

  test('of several pinned keys is joined for a rule that has them all', async () => {
    const other = await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })
    const app = await createApp()
    app.keys.set('root', [...(app.keys.get('root') ?? []), other])
    const old = createMemorySource(new Map(app.publish()))
    app.publish()
    const memory = new TrustMemory()
    const [first, second] = [app.rootPublicKeyPem, toPublicKeyPem(other.keyPair)]
    expect(await validate(app, { memory, pins: [second] })).toBe(DIGEST)
    expect(await validate(app, { memory, pins: [first], source: old })).toBe(DIGEST)
    const both = [first, second]
    expect(await validate(app, { memory, pins: both, source: old })).toBe(older('timestamp'))
  })

  test('keeps the newer of two looks at the same time, whichever ends last', async () => {
    const app = await createApp()
    const old = createMemorySource(new Map(app.publish()))
    app.publish()
    const memory = new TrustMemory()
    const held = Promise.withResolvers<void>()
    const slow: NotarySource = {
      ...old,
      fetchByHash: async (...asked) => {
        await held.promise
        return old.fetchByHash(...asked)
      },
    }
    const first = validate(app, { memory, source: slow })
    expect(await validate(app, { memory })).toBe(DIGEST)
    held.resolve()
    await first
    expect(await validate(app, { memory, source: old })).toBe(older('timestamp'))
  })

  test('is not pushed out by names that are nowhere, nor while it is used', async () => {
    const app = await createApp()
    const source = createMemorySource(new Map(app.publish()))
    app.publish()
    const { store, data } = createStore()
    const memory = new TrustMemory({ stores: [store], maxRepositories: 2 })
    expect(await validate(app, { memory })).toBe(DIGEST)
    data.clear()
    for (const name of ['a', 'b', 'c']) {
      await validate(app, {
        memory,
        source: createMemorySource(new Map()),
        image: `${GUN}/${name}:1`,
      })
      const other = await createRepository({ gun: `${GUN}/${name}/known`, now: NOW })
      other.addTarget('1', DIGEST)
      other.publish()
      expect(await validate(other, { memory, image: `${other.gun}:1` })).toBe(DIGEST)
      expect(await validate(app, { memory, source })).toBe(older('timestamp'))
    }
  })

  test('is kept over a restart', async () => {
    const app = await createReleases()
    app.addTarget('1', DIGEST, RELEASES)
    const old = new Map(app.publish())
    const pins = [app.rootPublicKeyPem]
    const { store, data } = createStore()
    app.keys.set('root', [await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })])
    app.publish()
    await validate(app, { memory: new TrustMemory({ stores: [store] }), pins })
    expect([...data.values()].map(({ roots, roles }) => [roots.length, [...roles.keys()]])).toEqual(
      [[2, ['timestamp', 'snapshot', 'targets', RELEASES]]],
    )
    const source = createMemorySource(old)
    const memory = new TrustMemory({ stores: [store] })
    expect(await validate(app, { memory, pins, source })).toBe(
      'UNTRUSTED_ROLLBACK: root metadata version 1 is older than version 2, which was trusted before',
    )
  })

  test('asks for no more than the timestamp after a restart', async () => {
    const app = await createApp()
    app.publish()
    const { store } = createStore()
    await validate(app, { memory: new TrustMemory({ stores: [store] }) })
    const source = createMemorySource(app.files)
    expect(await validate(app, { memory: new TrustMemory({ stores: [store] }), source })).toBe(
      DIGEST,
    )
    expect(source.requests.map(({ file }) => file)).toEqual(['timestamp.json'])
  })

  test('stores nothing anew when nothing is new', async () => {
    const app = await createApp()
    app.publish()
    const { store } = createStore()
    let saves = 0
    const counting = { ...store, save: async () => void saves++ }
    const memory = new TrustMemory({ stores: [counting] })
    for (const _ of [1, 2, 3]) await validate(app, { memory })
    expect(saves).toBe(1)
  })
})

describe('what a store holds is believed as far as it proves itself', () => {
  /** Stores what a look at the app finds and lets it be altered. */
  async function restart(alter: (data: StoredTrustData) => StoredTrustData) {
    const app = await createApp()
    const source = createMemorySource(new Map(app.publish()))
    app.publish()
    const { store, data } = createStore()
    await validate(app, { memory: new TrustMemory({ stores: [store] }) })
    for (const [key, stored] of data) data.set(key, alter(stored))
    const problems: unknown[] = []
    const report = (message: string, { problem }: Readonly<Record<string, unknown>>) =>
      problems.push(`${message}: ${problem}`)
    const memory = new TrustMemory({ stores: [store], report })
    return { outcome: await validate(app, { memory, source }), problems }
  }

  test('honest files are, without a word', async () => {
    expect(await restart((data) => data)).toEqual({ outcome: older('timestamp'), problems: [] })
  })

  test('a foreign root is not, nor what hangs on it', async () => {
    const foreign = await createApp()
    const root = foreign.publish().get('root.json') ?? new Uint8Array()
    expect(await restart(({ roles }) => ({ roots: [root], roles }))).toEqual({
      outcome: DIGEST,
      problems: [
        `remembered trust data is not usable: root version 1 of ${GUN} does not name the pinned key among its root keys`,
      ],
    })
  })

  test.each([
    ['no root', []],
    ['a torn root', [Buffer.from('{"signed":{')]],
  ])('%s is reported', async (_, roots) => {
    const { outcome, problems } = await restart(({ roles }) => ({ roots, roles }))
    expect([outcome, problems.length]).toEqual([DIGEST, 1])
  })

  test('a role that its key did not sign sets no version', async () => {
    const foreign = await createApp()
    const timestamp = foreign
      .publish(NOW, { timestamp: withVersion(1_000_000) })
      .get('timestamp.json')
    const { outcome, problems } = await restart(({ roots, roles }) => ({
      roots,
      roles: new Map([...roles, ['timestamp', timestamp ?? new Uint8Array()]]),
    }))
    expect(outcome).toBe(older('snapshot'))
    expect(problems).toEqual([
      'remembered trust data is not usable: timestamp metadata version 1000000 has 0 of 1 valid signatures of its 1 keys',
    ])
  })

  test('a role that nobody appoints is left out', async () => {
    const { outcome, problems } = await restart(({ roots, roles }) => ({
      roots,
      roles: new Map([...roles, [RELEASES, Buffer.from('x')], ['nobody', Buffer.from('x')]]),
    }))
    expect([outcome, problems]).toEqual([older('timestamp'), []])
  })

  test('expired files still tell what was seen', async () => {
    const app = await createApp()
    const source = createMemorySource(new Map(app.publish()))
    app.publish()
    const { store } = createStore()
    await validate(app, { memory: new TrustMemory({ stores: [store] }) })
    const now = new Date(NOW.getTime() + MONTH_MS)
    expect(await validate(app, { memory: new TrustMemory({ stores: [store] }), source, now })).toBe(
      older('timestamp'),
    )
  })
})
