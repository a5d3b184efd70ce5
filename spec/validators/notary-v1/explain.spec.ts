import { describe, expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createNotaryV1Validator } from '../../../src/validators/notary-v1/validator.ts'
import type { Step } from '../../../src/validators/validator.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import type { Repository } from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createReleases, DIGEST, GUN, HOST, NOW } from './app.ts'

const RELEASES = 'targets/releases'

/** Validates the tag `1` and lists the steps that it tells of. */
async function explain(app: Repository, pin: string, memory = new TrustMemory(), now = NOW) {
  const steps: Step[] = []
  const validator = createNotaryV1Validator(
    { name: 'default', pins: [parsePublicKeyPem(pin)] },
    { host: HOST, source: createMemorySource(app.files), memory },
  )
  const signal = new AbortController().signal
  const trace = (step: Step) => steps.push(step)
  await validator.validate(parseReference(`${GUN}:1`), { now, signal, trace })?.catch(() => {})
  return steps
}

async function createPublished(): Promise<Repository> {
  const app = await createReleases()
  app.addTarget('1', DIGEST, RELEASES)
  app.publish()
  return app
}

describe('the steps of a verification', () => {
  test('are the server, the roots, each role and the target', async () => {
    const app = await createPublished()
    const steps = await explain(app, app.rootPublicKeyPem)
    expect(steps.map(({ step, ok }) => `${step} ${ok}`)).toEqual([
      'server true',
      'roots true',
      'root true',
      'timestamp true',
      'snapshot true',
      'targets true',
      `${RELEASES} true`,
      'target true',
    ])
    expect(steps[0]?.facts).toEqual({ url: HOST, repository: GUN })
    expect(steps.at(-1)?.facts).toEqual({ repository: GUN, tag: '1', digest: DIGEST })
  })

  test('tell of a role its version, expiry, signers, threshold and whether it was fetched', async () => {
    const app = await createPublished()
    const memory = new TrustMemory()
    const find = (steps: readonly Step[]) => steps.find(({ step }) => step === 'targets')?.facts
    const keys = app.keys.get('targets')?.map(({ id }) => id) ?? []
    const facts = {
      version: 1,
      expires: '2029-05-31T12:00:00.000Z',
      signers: keys,
      threshold: 1,
      keys,
      from: 'server',
    }
    expect(find(await explain(app, app.rootPublicKeyPem, memory))).toEqual(facts)
    expect(find(await explain(app, app.rootPublicKeyPem, memory))).toEqual({
      ...facts,
      from: 'memory',
    })
  })

  test('tell of every root that was walked, and from where', async () => {
    const app = await createPublished()
    const pin = app.rootPublicKeyPem
    const pinnedKey = app.keys.get('root')?.[0]?.id ?? ''
    app.keys.set('root', [await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })])
    app.publish()
    const memory = new TrustMemory()
    const find = (steps: readonly Step[]) => steps.find(({ step }) => step === 'roots')?.facts
    const facts = { pinnedKey, versions: ['1', '2'] }
    expect(find(await explain(app, pin, memory))).toEqual({ ...facts, begin: 'pinned key' })
    expect(find(await explain(app, pin, memory))).toEqual({ ...facts, begin: 'remembered' })
  })

  test('end with the one that failed, and why', async () => {
    const app = await createPublished()
    const later = new Date('2030-01-01T00:00:00Z')
    const steps = await explain(app, app.rootPublicKeyPem, new TrustMemory(), later)
    expect(steps.at(-1)).toEqual({
      step: 'timestamp',
      ok: false,
      facts: {
        code: 'UNTRUSTED_EXPIRED',
        reason: expect.stringContaining('timestamp') as string,
      },
    })
  })

  test('end with the target that nobody signed', async () => {
    const app = await createPublished()
    app.removeTarget('1')
    app.removeTarget('1', RELEASES)
    app.publish()
    const last = (await explain(app, app.rootPublicKeyPem)).at(-1)
    expect(last).toMatchObject({
      step: 'target',
      ok: false,
      facts: { repository: GUN, tag: '1', code: 'UNTRUSTED_NOT_SIGNED' },
    })
  })
})
