import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createSigningKey } from '../support/notary/key.ts'
import { createRepository } from '../support/notary/repository.ts'
import { pod } from '../support/workload.ts'
import { DIGEST, type Flow, REPOSITORY, startFlow } from './fixture.ts'

const SIGNED = `${REPOSITORY}:1`

let flow: Flow
beforeEach(async () => {
  flow = await startFlow()
})
afterEach(() => flow.stop())

/** The code of the one image's denial. */
async function codeOf(timeout?: string): Promise<string | undefined> {
  const { response, message } = await flow.review({ object: pod(SIGNED) }, timeout)
  expect(response.allowed).toBe(false)
  return /\[([A-Z_]+), for/.exec(message)?.[1]
}

const prepend = (text: string) => (bytes: Uint8Array) => Buffer.concat([Buffer.from(text), bytes])
const append = (text: string) => (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from(text)])

describe('hole 8: trust data that is not to be read in two ways is denied', () => {
  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cut in half', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['with a byte order mark', prepend('\ufeff')],
    ['with trailing bytes', append('{}')],
    ['with duplicate members', (bytes) => replace(bytes, '{"signed"', '{"signed":{},"signed"')],
    ['with NaN', (bytes) => replace(bytes, '"version":1', '"version":NaN')],
    ['nested deeply', () => Buffer.from('['.repeat(60_000))],
    ['that is a page', () => Buffer.from('<html>')],
    ['that is no UTF-8', append('\u00ff')],
  ])('%s', async (_, alter) => {
    for (const role of ['root', 'timestamp'] as const) {
      flow.notary.faults.clear()
      flow.notary.faults.set(role, { kind: 'altered', alter })
      expect(await codeOf()).toBe('UNTRUSTED_MALFORMED_METADATA')
    }
  })
})

describe('hole 8: trust data that is altered, expired or of another signer is denied', () => {
  test.each([
    ['timestamp', 'UNTRUSTED_SIGNATURE'],
    ['snapshot', 'UNTRUSTED_HASH_MISMATCH'],
    ['targets', 'UNTRUSTED_HASH_MISMATCH'],
  ] as const)('an altered %s', async (role, code) => {
    const alter = (bytes: Uint8Array) => replace(bytes, '"version":1', '"version":2')
    flow.notary.faults.set(role, { kind: 'altered', alter })
    expect(await codeOf()).toBe(code)
  })

  test.each(['timestamp', 'snapshot', 'targets', 'root'] as const)(
    'an expired %s',
    async (role) => {
      flow.repository.expires.set(role, new Date(Date.now() - 1000))
      flow.repository.publish()
      expect(await codeOf()).toBe('UNTRUSTED_EXPIRED')
    },
  )

  test('a whole repository of another root key', async () => {
    const forged = await createRepository({ gun: REPOSITORY })
    forged.addTarget('1', DIGEST)
    forged.publish()
    flow.notary.repositories.set(REPOSITORY, forged)
    expect(await codeOf()).toBe('UNTRUSTED_ROOT')
  })

  test.each(['timestamp', 'snapshot', 'targets'] as const)('a %s of another key', async (role) => {
    const stranger = await createSigningKey()
    flow.repository.publish(new Date(), { [role]: { signers: [stranger] } })
    expect(await codeOf()).toBe('UNTRUSTED_SIGNATURE')
  })

  test('a repository of the right root key that was made for another name', async () => {
    const gun = 'registry.example/acme/other'
    const [pinned] = flow.repository.keys.get('root') ?? []
    const pair = pinned === undefined ? {} : { keyPair: pinned.keyPair }
    const root = await createSigningKey({ type: 'ecdsa-x509', commonName: gun, ...pair })
    const other = await createRepository({ gun, keys: { root: [root] } })
    other.addTarget('1', DIGEST)
    other.publish()
    flow.notary.repositories.set(REPOSITORY, other)
    expect(await codeOf()).toBe('UNTRUSTED_ROOT')
  })
})

test('all images of a request share one deadline, and each is named', async () => {
  flow.notary.faults.set('*', { kind: 'silent' })
  const images = ['1', '2', '3'].map((tag) => `${REPOSITORY}:${tag}`)
  const { message } = await flow.review({ object: pod(images) }, '300ms')
  expect(message.match(/UNAVAILABLE_TIMEOUT/g)).toHaveLength(3)
})

function replace(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes).toString()
  if (!text.includes(from)) throw new Error(`${from} is not in the file`)
  return Buffer.from(text.replace(from, to))
}
