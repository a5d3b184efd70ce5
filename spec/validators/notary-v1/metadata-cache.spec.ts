import { describe, expect, test } from 'bun:test'
import { sha256Of } from '../../../src/trust/tuf/file.ts'
import { MetadataCache } from '../../../src/validators/notary-v1/metadata-cache.ts'
import { createApp, NOW } from './app.ts'

/** The timestamps of three publications. */
async function createTimestamps(): Promise<readonly [Uint8Array, Uint8Array, Uint8Array]> {
  const app = await createApp()
  const publish = () => app.publish(NOW).get('timestamp.json') ?? new Uint8Array()
  return [publish(), publish(), publish()]
}

const read = (cache: MetadataCache, bytes: Uint8Array) =>
  cache.read('timestamp', 'timestamp', bytes)
const has = (cache: MetadataCache, bytes: Uint8Array) =>
  cache.find('timestamp', sha256Of(bytes)) !== undefined

describe('metadata that was parsed before', () => {
  test('is found by its hash, and is not parsed again', async () => {
    const [first] = await createTimestamps()
    const cache = new MetadataCache()
    const metadata = read(cache, first)
    expect(read(cache, first.slice())).toBe(metadata)
    expect(cache.find('timestamp', sha256Of(first))).toBe(metadata)
  })

  test('is not found as another kind', async () => {
    const [first] = await createTimestamps()
    const cache = new MetadataCache()
    read(cache, first)
    expect(cache.find('snapshot', sha256Of(first))).toBeUndefined()
    expect(() => cache.read('snapshot', 'snapshot', first)).toThrow('snapshot')
  })

  test('goes when there is no room, what was not used for the longest first', async () => {
    const [first, second, third] = await createTimestamps()
    const cache = new MetadataCache(first.length + second.length + 16)
    read(cache, first)
    read(cache, second)
    read(cache, first)
    read(cache, third)
    expect([first, second, third].map((each) => has(cache, each))).toEqual([true, false, true])
  })

  test('stays while it is at hand, however large it is', async () => {
    const [first, second] = await createTimestamps()
    const cache = new MetadataCache(1)
    read(cache, first)
    expect(has(cache, first)).toBe(true)
    read(cache, second)
    expect([first, second].map((each) => has(cache, each))).toEqual([false, true])
  })
})
