import { describe, expect, test } from 'bun:test'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { parseMetadata } from '../../../src/trust/tuf/metadata.ts'
import {
  anchorRoot,
  extendChain,
  newerChain,
  type RootChain,
} from '../../../src/trust/tuf/root-chain.ts'
import { createSigningKey, type SigningKey } from '../../support/notary/key.ts'
import { createRepository } from '../../support/notary/repository.ts'

const GUN = 'registry.example/app'

const rootKey = () => createSigningKey({ type: 'ecdsa-x509', commonName: GUN })

/** Publishes roots, version by version, each with these keys, under a pin of the first key. */
async function publish(...versions: readonly (readonly SigningKey[])[]) {
  const app = await createRepository({ gun: GUN, keys: { root: versions[0] ?? [] } })
  const pin = parsePublicKeyPem(app.rootPublicKeyPem)
  for (const keys of versions) {
    app.keys.set('root', keys)
    app.publish()
  }
  const read = (version: number) =>
    parseMetadata('root', 'root', app.files.get(`${version}.root.json`) ?? new Uint8Array())
  return (from: number, to: number): RootChain => {
    let chain = anchorRoot(read(from), { gun: GUN, pins: [pin] })
    for (let version = from + 1; version <= to; version++) chain = extendChain(chain, read(version))
    return chain
  }
}

const [pinned, second, third] = [await rootKey(), await rootKey(), await rootKey()]

describe('of two chains the newer is one that leads on from the other', () => {
  test.each([
    ['as its longer form', [1, 1], [1, 3], [1, 3]],
    ['as itself', [1, 2], [1, 2], [1, 2]],
    ['beginning later with a pin that the other names still', [1, 1], [2, 3], [2, 3]],
  ] as const)('%s', async (_, a, b, newer) => {
    const chain = await publish([pinned], [pinned, second], [second])
    for (const pair of [
      [a, b],
      [b, a],
    ] as const) {
      const [one, other] = pair.map(([from, to]) => chain(from, to))
      const found = one && other && newerChain(one, other)
      expect(found?.roots.map(({ signed }) => signed.version)).toEqual(
        Array.from({ length: newer[1] - newer[0] + 1 }, (_, index) => newer[0] + index),
      )
    }
  })
})

describe('two chains part', () => {
  const partOf = (a: RootChain, b: RootChain) => [newerChain(a, b), newerChain(b, a)]
  const NOTHING = [undefined, undefined]

  test('at a version of which each has another file', async () => {
    const honest = await publish([pinned], [second], [third])
    const forked = await publish([pinned], [third])
    expect(partOf(honest(1, 2), forked(1, 2))).toEqual(NOTHING)
    expect(partOf(honest(1, 3), forked(1, 2))).toEqual(NOTHING)
  })

  test('where one begins with the pinned key after the other had rotated it away', async () => {
    const honest = await publish([pinned], [second])
    const forged = await publish([pinned], [pinned, third], [pinned, second, third])
    expect(partOf(honest(1, 2), forged(3, 3))).toEqual(NOTHING)
  })
})
