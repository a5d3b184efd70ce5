import { describe, expect, test } from 'bun:test'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import { createRepository } from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createApp, DIGEST, GUN, HOST, NOW, validate } from './app.ts'
import { createStore, older } from './store.ts'

const KEY = `${HOST} ${GUN}`

/** A process that knows version 2, its store, and what the server had before. */
async function createKnown() {
  const app = await createApp()
  const source = createMemorySource(new Map(app.publish()))
  app.publish()
  const { store, data, forgotten } = createStore()
  const memory = new TrustMemory({ stores: [store] })
  expect(await validate(app, { memory })).toBe(DIGEST)
  /** What an operator does, at a moment after all that was before. */
  const forget = async () => {
    data.clear()
    forgotten.set(KEY, Date.now())
    await Bun.sleep(2)
  }
  return { app, source, memory, forget, forgotten }
}

describe('a repository that an operator had forgotten', () => {
  test('may go back, in a process that knew it', async () => {
    const { app, source, memory, forget } = await createKnown()
    expect(await validate(app, { memory, source })).toBe(older('timestamp'))
    await forget()
    expect(await validate(app, { memory, source })).toBe(DIGEST)
    expect(await validate(app, { memory, source })).toBe(DIGEST)
  })

  test('may not, if that was before the process knew it', async () => {
    const { app, source, memory, forgotten } = await createKnown()
    forgotten.set(KEY, NOW.getTime())
    expect(await validate(app, { memory, source })).toBe(older('timestamp'))
  })

  test('may not, if it was found as it was known since', async () => {
    const { app, source, memory, forget } = await createKnown()
    await forget()
    expect(await validate(app, { memory })).toBe(DIGEST)
    expect(await validate(app, { memory, source })).toBe(older('timestamp'))
  })

  test('may begin anew with other certificates of the same root key', async () => {
    const { app, memory, forget } = await createKnown()
    const [key] = app.keys.get('root') ?? []
    const root = await createSigningKey({
      type: 'ecdsa-x509',
      commonName: GUN,
      ...(key && { keyPair: key.keyPair }),
    })
    const anew = await createRepository({ gun: GUN, now: NOW, keys: { root: [root] } })
    anew.addTarget('1', DIGEST)
    const pins = [app.rootPublicKeyPem]
    const ask = () => validate(app, { memory, pins, source: createMemorySource(anew.files) })
    anew.publish()
    expect(await ask()).toStartWith('UNTRUSTED_ROOT: root version 1 ')
    anew.keys.set('root', [root, await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })])
    anew.publish()
    expect(await ask()).toStartWith('UNTRUSTED_SIGNATURE: root metadata version 2 ')
    await forget()
    expect(await ask()).toBe(DIGEST)
  })
})

test('a look at what is not known, or that fails for the network, asks nobody whether it was forgotten', async () => {
  const { store } = createStore()
  let asked = 0
  const counting = { ...store, forgottenAt: async () => void asked++ }
  const memory = new TrustMemory({ stores: [counting] })
  const app = await createApp()
  expect(await validate(app, { memory })).toStartWith('UNTRUSTED_NO_TRUST_DATA')
  app.publish()
  expect(await validate(app, { memory })).toBe(DIGEST)
  app.publish()
  const files = new Map([...app.files].filter(([name]) => !name.startsWith('snapshot.')))
  const source = createMemorySource(files)
  expect(await validate(app, { memory, source })).toStartWith('UNAVAILABLE_METADATA')
  expect(asked).toBe(0)
})
