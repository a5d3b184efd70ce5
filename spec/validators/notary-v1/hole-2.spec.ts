import { describe, expect, test } from 'bun:test'
import { createKeyPair } from '../../support/key-pair.ts'
import { createSigningKey, keyIdOf, type SigningKey } from '../../support/notary/key.ts'
import { toCompressedSpki, toSpki } from '../../trust/encoded-key.ts'
import { createApp, DIGEST, NOW, validate } from './app.ts'

const ONE_OF_TWO = (keys: number) =>
  `UNTRUSTED_SIGNATURE: targets metadata version 1 has 1 of 2 valid signatures of its ${keys} keys`

/** Lets these keys sign targets, two of which have to. */
async function validateTargets(keys: readonly SigningKey[]): Promise<string> {
  const app = await createApp({ keys: { targets: keys }, thresholds: { targets: 2 } })
  app.publish()
  return validate(app)
}

/** The same key under other bytes, which has another id. */
function encodeAgain(key: SigningKey, publicBytes: Buffer): SigningKey {
  const keyval = { private: null, public: publicBytes.toString('base64') }
  const tufKey = { keytype: key.tufKey.keytype, keyval }
  const id = keyIdOf(tufKey)
  return { ...key, id, tufKey, sign: (message) => ({ ...key.sign(message), keyid: id }) }
}

/** The same key under an id that is not its hash. */
function rename(key: SigningKey, id: string): SigningKey {
  return { ...key, id, sign: (message) => ({ ...key.sign(message), keyid: id }) }
}

describe('hole 2: one signer cannot satisfy a threshold of two', () => {
  test('while two signers can', async () => {
    expect(await validateTargets([await createSigningKey(), await createSigningKey()])).toBe(DIGEST)
  })

  test.each(['ecdsa', 'rsa'] as const)('as bare %s key and as certificate', async (type) => {
    const bare = await createSigningKey({ type })
    const certified = await createSigningKey({ type: `${type}-x509`, keyPair: bare.keyPair })
    expect(await validateTargets([bare, certified])).toBe(ONE_OF_TWO(2))
  })

  test('in two certificates', async () => {
    const options = { type: 'ecdsa-x509', keyPair: createKeyPair('p256') } as const
    const one = await createSigningKey({ ...options, commonName: 'alice' })
    const two = await createSigningKey({ ...options, commonName: 'bob' })
    expect(await validateTargets([one, two])).toBe(ONE_OF_TWO(2))
  })

  test('as compressed and as uncompressed point', async () => {
    const key = await createSigningKey()
    const compressed = encodeAgain(key, toCompressedSpki(key.keyPair.publicKey))
    expect(await validateTargets([key, compressed])).toBe(ONE_OF_TWO(2))
  })

  test('with a byte after the key', async () => {
    const key = await createSigningKey()
    const longer = Buffer.concat([toSpki(key.keyPair.publicKey), Buffer.of(0)])
    expect(await validateTargets([key, encodeAgain(key, longer)])).toBe(ONE_OF_TWO(2))
  })

  test('under an id that is not the hash of the key', async () => {
    const key = await createSigningKey()
    expect(await validateTargets([key, rename(key, 'f'.repeat(64))])).toBe(
      `${ONE_OF_TWO(1)}; keys that cannot count: "ffffffffffff...": its id is not the hash of the key`,
    )
  })

  test('under its id in capitals', async () => {
    const key = await createSigningKey()
    const capitals = rename(key, key.id.toUpperCase())
    expect(await validateTargets([key, capitals])).toStartWith(ONE_OF_TWO(1))
  })

  test('listed twice under one id', async () => {
    const key = await createSigningKey()
    expect(await validateTargets([key, key])).toBe(ONE_OF_TWO(1))
  })

  test('signing twice', async () => {
    const [key, silent] = [await createSigningKey(), await createSigningKey()]
    const app = await createApp({ keys: { targets: [key, silent] }, thresholds: { targets: 2 } })
    app.publish(NOW, { targets: { signers: [key, key, key] } })
    expect(await validate(app)).toBe(ONE_OF_TWO(2))
  })

  test('signing for a key whose signature is wrong', async () => {
    const [key, silent] = [await createSigningKey(), await createSigningKey()]
    const app = await createApp({ keys: { targets: [key, silent] }, thresholds: { targets: 2 } })
    app.publish(NOW, { targets: { signers: [key, rename(key, silent.id)] } })
    expect(await validate(app)).toBe(ONE_OF_TWO(2))
  })

  test('with a stranger whose key the role does not name', async () => {
    const [key, silent] = [await createSigningKey(), await createSigningKey()]
    const app = await createApp({ keys: { targets: [key, silent] }, thresholds: { targets: 2 } })
    app.publish(NOW, { targets: { signers: [key, await createSigningKey()] } })
    expect(await validate(app)).toBe(ONE_OF_TWO(2))
  })

  test('with a key that the root names for another role', async () => {
    const [key, silent] = [await createSigningKey(), await createSigningKey()]
    const app = await createApp({ keys: { targets: [key, silent] }, thresholds: { targets: 2 } })
    app.publish(NOW, { targets: { signers: [key, ...(app.keys.get('snapshot') ?? [])] } })
    expect(await validate(app)).toBe(ONE_OF_TWO(2))
  })
})
