import { describe, expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createNotaryV1Validator } from '../../../src/validators/notary-v1/validator.ts'
import type { Repository } from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createReleases, DIGEST, GUN, HOST, NOW, OTHER, validate } from './app.ts'

async function createPublished(): Promise<Repository> {
  const app = await createReleases()
  app.addTarget('1', DIGEST, 'targets/releases')
  app.publish()
  return app
}

/** Names what was asked for, without the hashes. */
const asked = ({ requests }: ReturnType<typeof createMemorySource>) =>
  requests.map(({ file }) => file.replace(/\.[0-9a-f]{64}/, ''))

describe('a repository that did not change', () => {
  test('costs one request, the timestamp, however often it is asked for', async () => {
    const app = await createPublished()
    const memory = new TrustMemory()
    await validate(app, { memory })
    const source = createMemorySource(app.files)
    for (const image of [`${GUN}:1`, `${GUN}:none`, `${GUN}@${DIGEST}`, `${GUN}:1`]) {
      await validate(app, { memory, source, image })
    }
    expect(asked(source)).toEqual(Array(4).fill('timestamp.json'))
  })

  test('costs as much when only its timestamp was renewed', async () => {
    const app = await createPublished()
    const memory = new TrustMemory()
    await validate(app, { memory })
    app.publish(NOW, {
      snapshot: { bytes: () => app.files.get('snapshot.json') ?? new Uint8Array() },
    })
    const source = createMemorySource(app.files)
    expect(await validate(app, { memory, source })).toBe(DIGEST)
    expect(asked(source)).toEqual(['timestamp.json'])
  })

  test('costs one look for all requests of the same moment', async () => {
    const app = await createPublished()
    const source = createMemorySource(app.files)
    const validator = createNotaryV1Validator(
      { name: 'default', pins: [parsePublicKeyPem(app.rootPublicKeyPem)] },
      { host: HOST, source, memory: new TrustMemory() },
    )
    const context = { now: NOW, signal: AbortSignal.timeout(60_000) }
    const answers = Array.from({ length: 100 }, () =>
      validator.validate(parseReference(`${GUN}:1`), context),
    )
    const digests = new Set<string | undefined>(await Promise.all(answers))
    expect(digests).toEqual(new Set([DIGEST]))
    expect(asked(source)).toEqual([
      'timestamp.json',
      'root.json',
      'snapshot.json',
      'targets.json',
      'targets/releases.json',
    ])
  })
})

describe('a repository that changed', () => {
  test('costs the files that changed', async () => {
    const app = await createPublished()
    const memory = new TrustMemory()
    await validate(app, { memory })
    const targets = app.files.get('targets.json') ?? new Uint8Array()
    app.addTarget('1', OTHER)
    app.addTarget('1', OTHER, 'targets/releases')
    app.publish()
    const source = createMemorySource(app.files)
    expect(await validate(app, { memory, source })).toBe(OTHER)
    expect(asked(source)).toEqual([
      'timestamp.json',
      'snapshot.json',
      'targets.json',
      'targets/releases.json',
    ])
    expect(targets.length).toBeGreaterThan(0)
  })

  test('in the midst of a look is looked at anew', async () => {
    const app = await createPublished()
    const honest = createMemorySource(app.files)
    let publications = 0
    const source = {
      ...honest,
      fetchByHash: (...[gun, role, sha256, limits]: Parameters<typeof honest.fetchByHash>) => {
        if (role === 'targets' && publications++ < 2) {
          const old = `targets.${sha256}.json`
          app.publish()
          app.files.delete(old)
        }
        return honest.fetchByHash(gun, role, sha256, limits)
      },
    }
    expect(await validate(app, { source })).toBe(DIGEST)
    expect(publications).toBe(3)
  })

  test('every time that it is looked at is unavailable in the end', async () => {
    const app = await createPublished()
    const honest = createMemorySource(app.files)
    const source = {
      ...honest,
      fetchByHash: (...[gun, role, sha256, limits]: Parameters<typeof honest.fetchByHash>) => {
        if (role === 'targets') {
          app.publish()
          app.files.delete(`targets.${sha256}.json`)
        }
        return honest.fetchByHash(gun, role, sha256, limits)
      },
    }
    expect(await validate(app, { source })).toStartWith('UNAVAILABLE_METADATA: ')
    expect(honest.requests.filter(({ file }) => file === 'timestamp.json').length).toBe(3)
  })
})
