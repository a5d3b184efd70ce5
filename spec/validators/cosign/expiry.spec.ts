import { afterEach, describe, expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import { compileIdentity } from '../../../src/trust/sigstore/identity.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { attachBundle, keyBundle } from '../../support/cosign/shelf.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { createSigstore, imageStatement } from '../../support/sigstore/world.ts'
import { endScenes, NOW, Scene, verdictOf } from './scene.ts'

afterEach(endScenes)

const HOLDER = { issuer: 'https://issuer.example', subject: 'https://ci.example/release@main' }
const DAY_MS = 24 * 60 * 60 * 1000
const sigstore = await createSigstore()
const material = parseTrustedRoot(toBytes(sigstore.trustedRoot))
const release = { name: 'release', kind: 'keyless', identity: compileIdentity(HOLDER) } as const

/** An image with a keyless signature, and its validator with a long memory. */
async function createScene(timestamp: boolean) {
  const scene = new Scene()
  const { store, digest, image } = scene
  const certified = await sigstore.certify(HOLDER)
  const payload = imageStatement(digest)
  const making = { payload, log: 'none', timestamp } as const
  attachBundle(store, digest, await sigstore.signBundle(certified, making))
  const validator = scene.createValidator({ roots: [release], material, freshMs: DAY_MS })
  return { validator, image, digest, scene }
}

/** Validates and lists what the verdict expires at, and since when it is known. */
async function noted({ validator, image }: Awaited<ReturnType<typeof createScene>>, now: Date) {
  const expiries: Date[] = []
  const since: Date[] = []
  await validator.validate(parseReference(image), {
    now,
    signal: AbortSignal.timeout(5000),
    noteExpiry: (expires) => void expiries.push(expires),
    noteKnownSince: (known) => void since.push(known),
  })
  return { expiries, since }
}

const after = (ms: number) => new Date(sigstore.clock.getTime() + ms)

describe('a signature whose certificate is good now, which is all that is known of its time', () => {
  test('counts until the certificate ends, however long looks count', async () => {
    const made = await createScene(false)
    const { expiries } = await noted(made, after(1000))
    const [end] = expiries
    if (end === undefined) throw new Error('it never expires')
    expect(end.getTime() - sigstore.clock.getTime()).toBeLessThanOrEqual(60 * 60 * 1000)
    const before = new Date(end.getTime() - 1000)
    expect((await noted(made, before)).expiries).toEqual([end])
    expect(await made.scene.cost(() => verdictOf(made.validator, made.image, end))).not.toEqual([])
    const later = new Date(end.getTime() + 1000)
    expect(await verdictOf(made.validator, made.image, later)).toStartWith('UNTRUSTED_CERTIFICATE')
  })

  test('but for as long as any other if somebody proves when it was made', async () => {
    expect((await noted(await createScene(true), after(1000))).expiries).toEqual([])
  })
})

test('a verdict is known since the look that it comes of', async () => {
  const scene = new Scene()
  const { store, digest, alice, image } = scene
  attachBundle(store, digest, keyBundle(digest, alice))
  const made = { validator: scene.createValidator({ freshMs: DAY_MS }), image, digest, scene }
  const later = new Date(NOW.getTime() + 1000)
  expect((await noted(made, NOW)).since).toEqual([NOW])
  expect((await noted(made, later)).since).toEqual([NOW])
})
