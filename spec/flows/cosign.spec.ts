import { afterEach, describe, expect, setSystemTime, test } from 'bun:test'
import {
  attachBundle,
  keyBundle,
  pushImage,
  signedLayer,
  writeSignatureTag,
} from '../support/cosign/shelf.ts'
import { createKeyPair, type KeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/server.ts'
import { deployment, pod } from '../support/workload.ts'
import { startProgram } from './program.ts'

const running: EmbeddedRegistry[] = []
afterEach(() => {
  for (const registry of running.splice(0)) registry.stop()
  setSystemTime()
})

const NAME = 'team/app'

/** A registry with an image, two signers, and the program that trusts them. */
function createScene({
  rule = '{ trustRoot: alice, verifyInTransparencyLog: false }',
  more = '',
  host = '',
} = {}) {
  const registry = startRegistry()
  running.push(registry)
  const signers = { alice: createKeyPair('p256'), bob: createKeyPair('p256') }
  const roots = Object.entries(signers).map(
    ([name, pair]) => `      - name: ${name}\n        key: |\n${indented(pair)}`,
  )
  const program = startProgram(`validators:
  - name: signed
    type: cosign
${host}    trustRoots:
${roots.join('')}policy:
  - { pattern: "*:*", validator: signed, with: ${rule} }
${more}`)
  const digest = pushImage(registry, NAME, '1')
  const store = registry.repository(NAME)
  return { registry, store, digest, ...signers, program, image: `${registry.host}/${NAME}:1` }
}

function indented(pair: KeyPair): string {
  return toPublicKeyPem(pair).trim().replace(/^/gm, ' '.repeat(10)).concat('\n')
}

describe('an image that is signed with cosign', () => {
  test('is pinned to the digest that was signed, its tag kept', async () => {
    const { store, digest, alice, program, image } = createScene()
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    const { response, object } = await program.review({ object: deployment(image) })
    expect(response.allowed).toBe(true)
    expect(object).toEqual(deployment(`${image}@${digest}`))
  })

  test('and then comes as a pod, pinned, costs the registry nothing more', async () => {
    const { store, digest, alice, program, image, registry } = createScene()
    attachBundle(store, digest, keyBundle(digest, alice))
    await program.review({ object: deployment(image) })
    registry.requests.length = 0
    const { response } = await program.review({ object: pod(`${image}@${digest}`) })
    expect([response.allowed, response.patch, registry.asked]).toEqual([true, undefined, []])
  })

  test('is verified and left as it is written, where that is asked for', async () => {
    const rule = '{ trustRoot: alice, verifyInTransparencyLog: false, mode: insecureValidateOnly }'
    const { store, digest, alice, program, image } = createScene({ rule })
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    const { response } = await program.review({ object: pod(image) })
    expect([response.allowed, response.patch]).toEqual([true, undefined])
  })
})

describe('an image that is not', () => {
  test('is denied, and the message lists each signature and why it does not count', async () => {
    const rule = '{ trustRoot: "*", threshold: 2, verifyInTransparencyLog: false }'
    const { store, digest, alice, program, image } = createScene({ rule })
    writeSignatureTag(store, digest, [
      signedLayer(store, digest, alice),
      signedLayer(store, digest, createKeyPair('p256')),
    ])
    const { response, message } = await program.review({ object: pod(image) })
    expect([response.allowed, response.status?.code]).toEqual([false, 403])
    expect(message).toContain(image)
    expect(message).toContain('is not signed by each of alice and bob, but only by alice: ')
    expect(message).toContain('(simple signing): counts for alice; ')
    expect(message).toContain('(simple signing): the signature is not of the expected key')
  })

  test('by a key and in no log is told how to do without, where the log is wanted', async () => {
    const host = `    host:\n      rekorPubkey: |\n${indented(createKeyPair('p256'))}`
    const scene = createScene({ rule: '{ trustRoot: alice }', host })
    const { store, digest, alice, program, image } = scene
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    const { response, message } = await program.review({ object: pod(image) })
    expect(response.allowed).toBe(false)
    expect(message).toContain('verifyInTransparencyLog: false')
  })
})

describe('hole 9: an outage of the registry', () => {
  test('is a 503, and is not remembered', async () => {
    const { store, digest, alice, program, image, registry } = createScene()
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    registry.intercept = () => new Response(null, { status: 400 })
    const { response } = await program.review({ object: pod(image) })
    expect([response.allowed, response.status?.code]).toEqual([false, 503])
    registry.intercept = () => undefined
    expect((await program.review({ object: pod(image) })).response.allowed).toBe(true)
  })

  test('has an old verdict stand in as soon as it is known, not at the end of the deadline', async () => {
    const more = 'features: { cache: { expirySeconds: 0, staleIfUnavailableSeconds: 600 } }\n'
    const { store, digest, alice, program, image, registry } = createScene({ more })
    writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
    await program.review({ object: pod(image) })
    registry.intercept = () => new Response(null, { status: 503 })
    const start = performance.now()
    const { response } = await program.review({ object: pod(image) }, '10s')
    expect(response).toMatchObject({ allowed: true, warnings: [expect.stringContaining('503')] })
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

test('a signature that is removed is missed at the next admission, without a cache', async () => {
  const more = 'features: { cache: { expirySeconds: 0 } }\n'
  const { store, digest, alice, program, image } = createScene({ more })
  writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
  expect((await program.review({ object: pod(image) })).response.allowed).toBe(true)
  store.tags.delete(`${digest.replace(':', '-')}.sig`)
  const { response, message } = await program.review({ object: pod(image) })
  expect(response.status?.code).toBe(403)
  expect(message).toContain('UNTRUSTED_NOT_SIGNED')
})

test('a signature that is removed is missed after expirySeconds, whoever asked in other words meanwhile', async () => {
  const { store, digest, alice, program, image } = createScene()
  writeSignatureTag(store, digest, [signedLayer(store, digest, alice)])
  const start = Date.now()
  const allowedAfter = async (seconds: number, object: object) => {
    setSystemTime(start + seconds * 1000)
    return (await program.review({ object })).response.allowed
  }
  expect(await allowedAfter(0, deployment(image))).toBe(true)
  store.tags.delete(`${digest.replace(':', '-')}.sig`)
  const asPod = pod(`${image}@${digest}`)
  expect(await allowedAfter(29, asPod)).toBe(true)
  expect(await allowedAfter(30, asPod)).toBe(false)
})
