import { afterEach, describe, expect, test } from 'bun:test'
import { compileIdentity } from '../../../src/trust/sigstore/identity.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import type { Step } from '../../../src/validators/validator.ts'
import {
  attachBundle,
  keyBundle,
  signedLayer,
  writeSignatureTag,
} from '../../support/cosign/shelf.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { createSigstore, imageStatement } from '../../support/sigstore/world.ts'
import { endScenes, NAME, rootOf, Scene, verdictOf } from './scene.ts'

afterEach(endScenes)

const find = (steps: readonly Step[], name: string) =>
  steps.filter(({ step }) => step === name).map(({ facts }) => facts)

describe('the steps of a verification', () => {
  test('are the digest, each place, each signature and the demand', async () => {
    const scene = new Scene()
    const { store, digest, alice, mallory, registry } = scene
    const { digest: layer } = signedLayer(store, digest, mallory)
    writeSignatureTag(store, digest, [signedLayer(store, digest, mallory)])
    const manifest = attachBundle(store, digest, keyBundle(digest, alice))
    const steps = await scene.explain()
    expect(steps.map(({ step, ok }) => `${step} ${ok}`)).toEqual([
      'digest true',
      'signature tag true',
      'referrers true',
      'signature true',
      'signature true',
      'demand true',
    ])
    expect(find(steps, 'digest')).toEqual([
      {
        registry: registry.host,
        repository: NAME,
        tag: '1',
        digest,
        from: 'the tag, as the registry has it',
      },
    ])
    expect(find(steps, 'signature')).toEqual([
      {
        found: 'signature tag',
        digest: layer,
        form: 'simple signing',
        counts: false,
        code: 'UNTRUSTED_SIGNATURE',
        reason: expect.any(String) as string,
      },
      {
        found: 'referrers API',
        digest: manifest,
        form: 'bundle v0.3',
        key: identityOf(scene),
        counts: ['alice'],
      },
    ])
    expect(find(steps, 'demand')).toEqual([{ wanted: 'signed by alice', counted: ['alice'] }])
  })

  test('end with the demand that was not met, and why', async () => {
    const scene = new Scene()
    const steps = await scene.explain()
    expect(steps.at(-1)).toMatchObject({
      step: 'demand',
      ok: false,
      facts: { counted: [], code: 'UNTRUSTED_NOT_SIGNED' },
    })
  })

  test('tell of a keyless signature who signed, in which log, and when', async () => {
    const scene = new Scene()
    const { store, digest } = scene
    const sigstore = await createSigstore()
    const holder = { issuer: 'https://issuer.example', subject: 'alice@example.com' }
    const signer = await sigstore.certify(holder)
    attachBundle(
      store,
      digest,
      await sigstore.signBundle(signer, { payload: imageStatement(digest) }),
    )
    const roots = [{ name: 'ci', kind: 'keyless' as const, identity: compileIdentity(holder) }]
    const material = parseTrustedRoot(toBytes(sigstore.trustedRoot))
    const validator = scene.createValidator({ roots, material, verifyInTransparencyLog: true })
    const steps: Step[] = []
    const now = new Date(sigstore.clock.getTime() + 60_000)
    expect(await verdictOf(validator, scene.image, now, (step) => steps.push(step))).toBe(digest)
    expect(find(steps, 'signature')).toMatchObject([
      {
        ...holder,
        logIndex: expect.any(Number) as number,
        times: [`${sigstore.clock.toISOString()} transparency log`],
        counts: ['ci'],
      },
    ])
  })
})

function identityOf(scene: Scene): string {
  const root = rootOf('alice', scene.alice)
  return root.kind === 'key' ? root.key.identity : ''
}

test('hole 12: a denial names hosts, digests and reasons, and none of what was sent', async () => {
  const scene = new Scene()
  const { store, digest, mallory } = scene
  const hostile = '\u001b[31m"evil"\n'.repeat(200)
  attachBundle(store, digest, { mediaType: hostile })
  writeSignatureTag(store, digest, [
    signedLayer(store, digest, mallory, Buffer.from(JSON.stringify({ hostile }))),
  ])
  const verdict = await scene.judge()
  expect(verdict).toMatch(/^[ -~]+$/)
  expect(verdict.length).toBeLessThan(1500)
})
