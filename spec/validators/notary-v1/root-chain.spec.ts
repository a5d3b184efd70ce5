import { describe, expect, test } from 'bun:test'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import type { RootSigned } from '../../support/notary/metadata.ts'
import type { Repository } from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createApp, DIGEST, GUN, NOW, validate } from './app.ts'

const rootKey = () => createSigningKey({ type: 'ecdsa-x509', commonName: GUN })

/** Replaces the root key, as `notary key rotate GUN root` does; the app stays published. */
async function rotate(app: Repository, forgery: Parameters<Repository['publish']>[1] = {}) {
  app.keys.set('root', [await rootKey()])
  app.publish(NOW, forgery)
}

/** The app after so many rotations, and the pin from before the first one. */
async function createRotated(times: number) {
  const app = await createApp()
  const pin = app.rootPublicKeyPem
  app.publish()
  for (let time = 0; time < times; time++) await rotate(app)
  return { app, pin }
}

const altered = (
  files: Repository['files'],
  change: Readonly<Record<string, string | undefined>>,
) => {
  const altered = new Map<string, Uint8Array | undefined>(files)
  for (const [to, from] of Object.entries(change)) altered.set(to, files.get(from ?? 'none'))
  return createMemorySource(altered)
}

describe('a pinned root key leads to the newest root', () => {
  test.each([1, 2, 3])('through %d rotations', async (times) => {
    const { app, pin } = await createRotated(times)
    expect(await validate(app, { pins: [pin] })).toBe(DIGEST)
    expect(await validate(app)).toBe(DIGEST)
  })

  test('through a rotation that a memory has not seen, asking for the roots alone', async () => {
    const { app, pin } = await createRotated(1)
    const memory = new TrustMemory()
    expect(await validate(app, { pins: [pin], memory })).toBe(DIGEST)
    await rotate(app)
    await rotate(app)
    const source = createMemorySource(app.files)
    expect(await validate(app, { pins: [pin], memory, source })).toBe(DIGEST)
    const asked = source.requests.map(({ file }) => file.replace(/[0-9a-f]{64}/, 'HASH'))
    expect(asked).toEqual([
      'timestamp.json',
      'snapshot.HASH.json',
      'timestamp.json',
      'root.json',
      '3.root.json',
      'targets.HASH.json',
    ])
  })

  test('through an intermediate root that has expired', async () => {
    const app = await createApp({ expires: { root: new Date('2026-05-01T00:00:00Z') } })
    app.publish(new Date('2026-04-01T00:00:00Z'))
    const pin = app.rootPublicKeyPem
    app.expires.delete('root')
    await rotate(app)
    expect(await validate(app, { pins: [pin] })).toBe(DIGEST)
  })

  test('whose key signs beside others, when the root demands two signatures', async () => {
    const { app, pin } = await createRotated(1)
    app.keys.set('root', [await rootKey(), await rootKey()])
    app.thresholds.set('root', 2)
    app.publish()
    expect(await validate(app, { pins: [pin] })).toBe(DIGEST)
  })
})

describe('a root chain is refused', () => {
  test('that ends in an expired root', async () => {
    const { app, pin } = await createRotated(1)
    app.expires.set('root', new Date(NOW.getTime() - 1))
    app.publish()
    expect(await validate(app, { pins: [pin] })).toStartWith('UNTRUSTED_EXPIRED: root metadata')
  })

  test('with a gap, from the pin and from memory', async () => {
    const { app, pin } = await createRotated(0)
    const memory = new TrustMemory()
    await validate(app, { memory })
    for (const _ of [1, 2]) await rotate(app)
    const source = altered(app.files, { '2.root.json': undefined })
    expect(await validate(app, { pins: [pin], source })).toBe(
      `UNTRUSTED_ROOT: root version 3 of ${GUN} does not name the pinned key among its root keys; root version 2 of ${GUN} is not on the server`,
    )
    expect(await validate(app, { pins: [pin], source, memory })).toBe(
      `UNTRUSTED_ROOT: root version 2 of ${GUN}, which leads to the newest, is not on the server`,
    )
  })

  test('with another version in a place, from the pin and from memory', async () => {
    const { app, pin } = await createRotated(0)
    const memory = new TrustMemory()
    await validate(app, { memory })
    for (const _ of [1, 2, 3]) await rotate(app)
    const source = altered(app.files, {
      '2.root.json': '3.root.json',
      '3.root.json': '2.root.json',
    })
    expect(await validate(app, { pins: [pin], source })).toEndWith(
      `root version 3 of ${GUN} calls itself version 2`,
    )
    expect(await validate(app, { pins: [pin], source, memory })).toBe(
      `UNTRUSTED_ROOT: root version 3 of ${GUN} stands where version 2 belongs`,
    )
  })

  test.each(['predecessor', 'own keys'])('with a root that its %s did not sign', async (whose) => {
    const { app, pin } = await createRotated(0)
    const old = app.keys.get('root') ?? []
    const memory = new TrustMemory()
    await validate(app, { memory })
    app.keys.set('root', [await rootKey()])
    const signers = whose === 'predecessor' ? (app.keys.get('root') ?? []) : old
    app.publish(NOW, { root: { signers } })
    const denial = `UNTRUSTED_SIGNATURE: root metadata version 2 has 0 of 1 valid signatures of ${whose === 'predecessor' ? "version 1's" : 'its'} 1 keys`
    expect(await validate(app, { pins: [pin] })).toBe(denial)
    expect(await validate(app, { pins: [pin], memory })).toBe(denial)
  })

  test('that skips a version', async () => {
    const { app, pin } = await createRotated(0)
    const signed = (root: RootSigned) => ({ ...root, version: 3 })
    await rotate(app, { root: { signed } })
    expect(await validate(app, { pins: [pin] })).toEndWith(
      `root version 2 of ${GUN} calls itself version 3`,
    )
  })

  test('that is too long, before all of it is fetched', async () => {
    const { app, pin } = await createRotated(1)
    const signed = (root: RootSigned) => ({ ...root, version: 100_000 })
    app.publish(NOW, { root: { signed } })
    const honest = createMemorySource(app.files)
    const requests: number[] = []
    const source = {
      ...honest,
      fetchRoot: async (_: string, version: number) => {
        requests.push(version)
        app.publish(NOW, { root: { signed: (root: RootSigned) => ({ ...root, version }) } })
        return app.files.get('root.json')
      },
    }
    expect(await validate(app, { pins: [pin], source })).toBe(
      `UNTRUSTED_ROOT: the newest root of ${GUN} is more than 256 versions away from the last trusted one`,
    )
    expect(requests.length).toBe(255)
  })

  test('that takes more than 8 MiB', async () => {
    const app = await createApp()
    app.publish()
    const root = Buffer.from(app.files.get('root.json') ?? [])
    const caps: number[] = []
    const source = {
      ...createMemorySource(app.files),
      fetchNewest: async (_: string, role: string) => app.files.get(`${role}.json`),
      fetchRoot: async (_: string, version: number, limits: { readonly maxBytes: number }) => {
        caps.push(limits.maxBytes)
        const text = root.toString().replace(/"version":\d+/, `"version":${version}`)
        return Buffer.from(text.padEnd(Math.min(limits.maxBytes, 1_000_000)))
      },
    }
    const signed = (honest: RootSigned) => ({ ...honest, version: 200 })
    app.publish(NOW, { root: { signed } })
    const pin = (await createApp()).rootPublicKeyPem
    await validate(app, { pins: [pin], source })
    expect(caps.reduce((sum, cap) => sum + Math.min(cap, 1_000_000), 0)).toBeLessThan(
      9 * 1024 * 1024,
    )
    expect(caps.at(-1)).toBeLessThan(1024 * 1024)
  })
})

describe('a root that was trusted', () => {
  test('is not followed by an older one', async () => {
    const { app, pin } = await createRotated(1)
    const memory = new TrustMemory()
    await validate(app, { pins: [pin], memory })
    const old = new Map(app.files)
    await rotate(app)
    await validate(app, { pins: [pin], memory })
    expect(await validate(app, { pins: [pin], memory, source: createMemorySource(old) })).toBe(
      'UNTRUSTED_ROLLBACK: root metadata version 2 is older than version 3, which was trusted before',
    )
  })

  test('is not replaced by one of the same version', async () => {
    const app = await createApp()
    app.publish()
    const memory = new TrustMemory()
    await validate(app, { memory })
    const pins = [app.rootPublicKeyPem]
    const again = await createApp({ keys: { root: app.keys.get('root') ?? [] } })
    again.publish()
    expect(await validate(again, { memory, pins })).toBe(
      'UNTRUSTED_ROLLBACK: root metadata version 1 is another file than the one of that version that was trusted before',
    )
    const foreign = await createApp()
    foreign.publish()
    expect(await validate(foreign, { memory, pins })).toBe(
      `UNTRUSTED_ROOT: root version 1 of ${GUN} is not signed by the root keys that were trusted before`,
    )
  })
})
