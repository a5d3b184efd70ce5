import { describe, expect, test } from 'bun:test'
import type { Envelope } from '../../support/notary/envelope.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import { createRepository } from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createApp, DIGEST, GUN, NOW, OTHER, validate, validateForged } from './app.ts'

const LATER = new Date('2026-06-02T12:00:00Z')
const ROLES = ['root', 'timestamp', 'snapshot', 'targets'] as const

/** Publishes twice, with another digest and another root, and returns the files of both times. */
async function publishTwice() {
  const app = await createApp()
  const first = new Map(app.publish())
  app.addTarget('1', OTHER)
  app.expires.set('root', new Date('2036-01-01T00:00:00Z'))
  const second = new Map(app.publish(LATER))
  return { app, first, second }
}

/** The name under which the newest file of a role is served by its hash. */
function hashedName(files: ReadonlyMap<string, Uint8Array>, role: string): string {
  const newest = files.get(`${role}.json`)
  const [name] = [...files].find(([key, bytes]) => key.length > 64 && bytes === newest) ?? []
  if (name === undefined) throw new RangeError(`${role} is not served by its hash`)
  return name
}

/** Serves the second publication with the file of one role taken from the first. */
async function validateMixed(role: (typeof ROLES)[number]): Promise<string> {
  const { app, first, second } = await publishTwice()
  const old = first.get(`${role}.json`)
  const source = createMemorySource(
    new Map([...second, [`${role}.json`, old], [hashedName(second, role), old]]),
  )
  return validate(app, { source })
}

const alterSigned =
  (members: object) =>
  (file: Envelope): Envelope => ({ ...file, signed: { ...file.signed, ...members } })

describe('hole 8: mix-and-match', () => {
  test('does not concern a publication that is served whole', async () => {
    const { app, first, second } = await publishTwice()
    expect(await validate(app, { source: createMemorySource(first) })).toBe(DIGEST)
    expect(await validate(app, { source: createMemorySource(second) })).toBe(OTHER)
  })

  test.each([
    ['snapshot', 'snapshot metadata does not have the sha256 hash that is promised'],
    ['targets', 'targets metadata does not have the sha256 hash that is promised'],
    ['root', 'root metadata does not have the sha256 hash that is promised'],
  ] as const)('rejects the %s of another publication (TUF 5.5.2, 5.6.2)', async (role, why) => {
    expect(await validateMixed(role)).toBe(`UNTRUSTED_HASH_MISMATCH: ${why}`)
  })

  test('rejects the timestamp of another publication, whose snapshot is gone', async () => {
    const { app, first, second } = await publishTwice()
    const files = new Map([...second, ['timestamp.json', first.get('timestamp.json')] as const])
    files.delete(hashedName(first, 'snapshot'))
    expect(await validate(app, { source: createMemorySource(files) })).toBe(
      `UNAVAILABLE_METADATA: the server has trust data for ${GUN} but no snapshot metadata that belongs to it`,
    )
  })

  test('rejects the whole trust data of another repository of the same owner', async () => {
    const other = await createRepository({ gun: 'registry.example/other', now: NOW })
    other.addTarget('1', OTHER)
    other.publish()
    expect(await validate(other)).toBe(
      `UNTRUSTED_ROOT: a root key's certificate is for "registry.example/other", not for ${GUN}`,
    )
  })
})

describe('hole 8: freeze', () => {
  test('rejects trust data that was valid once, when its timestamp has expired', async () => {
    const app = await createApp()
    app.publish()
    expect(await validate(app, { now: new Date('2026-06-15T11:59:59Z') })).toBe(DIGEST)
    expect(await validate(app, { now: new Date('2026-06-15T12:00:00Z') })).toBe(
      'UNTRUSTED_EXPIRED: timestamp metadata version 1 expired at 2026-06-15T12:00:00.000Z',
    )
  })

  test.each(ROLES)('rejects an expired %s (TUF 5.3.10, 5.4.4, 5.5.6, 5.6.5)', async (role) => {
    const app = await createApp()
    app.expires.set(role, new Date('2026-06-01T11:59:59Z'))
    app.publish()
    expect(await validate(app)).toBe(
      `UNTRUSTED_EXPIRED: ${role} metadata version 1 expired at 2026-06-01T11:59:59.000Z`,
    )
  })
})

describe('hole 8: a signature that is not the appointed one', () => {
  test.each(['timestamp', 'snapshot', 'targets'] as const)(
    'rejects a %s signed by a stranger (TUF 5.4.2, 5.5.3, 5.6.3)',
    async (role) => {
      expect(await validateForged({ [role]: { signers: [await createSigningKey()] } })).toBe(
        `UNTRUSTED_SIGNATURE: ${role} metadata version 1 has 0 of 1 valid signatures of its 1 keys`,
      )
    },
  )

  test.each(['timestamp', 'snapshot', 'targets'] as const)(
    'rejects a %s signed by the root key alone',
    async (role) => {
      const app = await createApp()
      app.publish(NOW, { [role]: { signers: app.keys.get('root') ?? [] } })
      expect(await validate(app)).toStartWith(`UNTRUSTED_SIGNATURE: ${role} metadata version 1`)
    },
  )

  test.each(ROLES)('rejects a %s without signatures', async (role) => {
    expect(await validateForged({ [role]: { signers: [] } })).toBe(
      `UNTRUSTED_SIGNATURE: ${role} metadata version 1 has 0 of 1 valid signatures of its 1 keys`,
    )
  })

  test.each(ROLES)('rejects a %s that was altered after it was signed', async (role) => {
    const envelope = alterSigned({ version: 2 })
    expect(await validateForged({ [role]: { envelope } })).toStartWith(
      `UNTRUSTED_SIGNATURE: ${role} metadata version 2 has 0 of 1 valid signatures of its 1 keys`,
    )
  })

  test('verifies members that it does not know, and rejects them when added later', async () => {
    const extra = { custom: { '2': [1, '<&>', null, true] } }
    const signed = (honest: object) => ({ ...honest, ...extra })
    expect(await validateForged({ targets: { signed }, timestamp: { signed } })).toBe(DIGEST)
    expect(await validateForged({ targets: { envelope: alterSigned(extra) } })).toStartWith(
      'UNTRUSTED_SIGNATURE: ',
    )
  })
})
