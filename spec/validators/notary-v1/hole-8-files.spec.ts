import { describe, expect, test } from 'bun:test'
import type { FileMeta, MetaSigned } from '../../support/notary/metadata.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createApp, createReleases, DIGEST, NOW, validate, validateForged } from './app.ts'

const MIB = 1024 * 1024
/** In bytes; other files are described by metadata that is trusted already. */
const CAPS = new Map([
  ['root.json', MIB],
  ['timestamp.json', 64 * 1024],
])

/** Alters what a snapshot or timestamp promises of a role, before it is signed. */
function promise(role: string, alter: (file: FileMeta) => object) {
  return {
    signed: (signed: MetaSigned) => {
      const file = signed.meta[role] ?? { hashes: {}, length: 0 }
      return { ...signed, meta: { ...signed.meta, [role]: alter(file) } }
    },
  }
}

const longer = (file: FileMeta) => ({ ...file, length: file.length + 1 })
const otherSha512 = (file: FileMeta) => ({
  ...file,
  hashes: { ...file.hashes, sha512: Buffer.alloc(64).toString('base64') },
})
const onlySha256 = ({ hashes: { sha256 }, length }: FileMeta) => ({ hashes: { sha256 }, length })
const onlySha512 = ({ hashes: { sha512 }, length }: FileMeta) => ({ hashes: { sha512 }, length })

const sizeOf = (bytes: Uint8Array | undefined) => bytes?.length ?? 0

describe('hole 8: bytes that are not the promised ones', () => {
  test.each([
    ['snapshot', { timestamp: promise('snapshot', longer) }],
    ['targets', { snapshot: promise('targets', longer) }],
    ['root', { snapshot: promise('root', longer) }],
  ])('a %s shorter than promised, which the notary client accepts', async (role, forgeries) => {
    expect(await validateForged(forgeries)).toMatch(
      new RegExp(`^UNTRUSTED_HASH_MISMATCH: ${role} metadata has \\d+ bytes, \\d+ are promised$`),
    )
  })

  test.each([
    ['snapshot', { timestamp: promise('snapshot', otherSha512) }],
    ['targets', { snapshot: promise('targets', otherSha512) }],
    ['root', { snapshot: promise('root', otherSha512) }],
  ])('a %s that has one of its hashes but not the other', async (role, forgeries) => {
    expect(await validateForged(forgeries)).toBe(
      `UNTRUSTED_HASH_MISMATCH: ${role} metadata does not have the sha512 hash that is promised`,
    )
  })

  test.each(['snapshot', 'targets'] as const)('a %s that is cut', async (role) => {
    const served = (bytes: Uint8Array) => bytes.subarray(0, -1)
    expect(await validateForged({ [role]: { served } })).toStartWith(
      `UNTRUSTED_HASH_MISMATCH: ${role} metadata has `,
    )
  })

  test.each(['snapshot', 'targets'] as const)(
    'a %s with the same content in other white space',
    async (role) => {
      const served = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from('\n')])
      expect(await validateForged({ [role]: { served } })).toStartWith(
        `UNTRUSTED_HASH_MISMATCH: ${role} metadata has `,
      )
    },
  )

  test('while a promise without sha512 is kept', async () => {
    const forgeries = { timestamp: promise('snapshot', onlySha256) }
    expect(await validateForged(forgeries)).toBe(DIGEST)
  })

  test.each([
    ['timestamp', { timestamp: promise('snapshot', onlySha512) }, '/meta/snapshot/hashes/sha256'],
    ['snapshot', { snapshot: promise('targets', onlySha512) }, '/meta/targets/hashes/sha256'],
  ])('a promise of a %s without sha256', async (role, forgeries, path) => {
    expect(await validateForged(forgeries)).toBe(
      `UNTRUSTED_MALFORMED_METADATA: malformed ${role} metadata: "${path}" is not as expected: base64`,
    )
  })

  test.each(['root', 'targets'])('a snapshot that does not list %s', async (role) => {
    const signed = ({ meta, ...signed }: MetaSigned) => ({
      ...signed,
      meta: Object.fromEntries(Object.entries(meta).filter(([name]) => name !== role)),
    })
    expect(await validateForged({ snapshot: { signed } })).toBe(
      `UNTRUSTED_MALFORMED_METADATA: the snapshot does not list ${role}`,
    )
  })
})

describe('hole 8: huge bodies', () => {
  test.each([
    ['snapshot', { timestamp: promise('snapshot', (file) => ({ ...file, length: 33 * MIB })) }],
    ['targets', { snapshot: promise('targets', (file) => ({ ...file, length: 33 * MIB })) }],
  ])('a %s of 33 MiB is promised: it is not even asked for', async (role, forgeries) => {
    const app = await createApp()
    const source = createMemorySource(app.publish(NOW, forgeries))
    expect(await validate(app, { source })).toBe(
      `UNTRUSTED_MALFORMED_METADATA: ${role} metadata of ${app.gun} has 34603008 bytes, more than 33554432`,
    )
    expect(source.requests.map(({ file }) => file.split('.')[0])).not.toContain(role)
  })

  test('a length below zero is malformed', async () => {
    const forgeries = { timestamp: promise('snapshot', (file) => ({ ...file, length: -1 })) }
    expect(await validateForged(forgeries)).toStartWith(
      'UNTRUSTED_MALFORMED_METADATA: malformed timestamp metadata: "/meta/snapshot/length" is not as expected',
    )
  })

  test('every file is asked for with a cap: its promised length, or one for its role', async () => {
    const app = await createReleases()
    app.addTarget('1', DIGEST, 'targets/releases')
    const source = createMemorySource(app.publish())
    await validate(app, { source })
    expect(source.requests).toHaveLength(5)
    for (const { file, maxBytes } of source.requests) {
      const cap = CAPS.get(file) ?? sizeOf(app.files.get(file))
      expect([file, maxBytes]).toEqual([file, cap])
    }
  })

  test('every file is asked for under the deadline of the request', async () => {
    const app = await createApp()
    const source = createMemorySource(app.publish())
    await validate(app, { source })
    const [first] = source.requests
    expect(first?.signal).toBeInstanceOf(AbortSignal)
    expect(new Set(source.requests.map(({ signal }) => signal)).size).toBe(1)
    expect(new Set(source.requests.map(({ gun }) => gun))).toEqual(new Set([app.gun]))
  })
})
