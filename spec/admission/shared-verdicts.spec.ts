import { describe, expect, test } from 'bun:test'
import type { KeptVerdict } from '../../src/admission/kept-verdict.ts'
import type { SharedVerdicts } from '../../src/admission/shared-verdicts.ts'
import { down, makeCached, unsigned } from './cache-fixture.ts'
import { CONTEXT, DIGEST } from './fixture.ts'

const signed = async () => DIGEST
const START = CONTEXT.now.getTime()

/** What replicas share, in a map. */
function createShared() {
  const saved = new Map<string, KeptVerdict>()
  const lifetimes: number[] = []
  const loads: string[] = []
  const shared: SharedVerdicts = {
    load: async (id) => {
      loads.push(JSON.stringify(id))
      return saved.get(JSON.stringify(id))
    },
    save: (id, verdict, lifetimeMs) => {
      saved.set(JSON.stringify(id), verdict)
      lifetimes.push(lifetimeMs)
    },
  }
  return { shared, saved, lifetimes, loads }
}

describe('what one replica found out', () => {
  test('answers the others, until expirySeconds after it was asked for', async () => {
    const { shared, lifetimes } = createShared()
    const [one, two] = [makeCached({}, { shared }), makeCached({}, { shared })]
    one.world.find = signed
    two.world.find = signed
    await one.at(0)
    expect(await two.at(29)).toMatchObject({ trusted: true, digest: DIGEST, skipped: 'cache hit' })
    expect(two.asked).toEqual([])
    expect(await two.at(30)).not.toHaveProperty('skipped')
    expect(lifetimes).toEqual([30_000, 30_000])
  })

  test('is told by what it was asked under', async () => {
    const { shared, saved } = createShared()
    const { at, world } = makeCached({}, { shared })
    world.find = signed
    await at(0)
    expect([...saved]).toEqual([
      [
        JSON.stringify({
          configuration: 'one these files',
          rule: '*:*',
          validator: 'spec',
          image: 'docker.io/library/app:1',
        }),
        { trusted: true, digest: DIGEST, checkedAt: START },
      ],
    ])
  })

  test('is looked for once by all who ask at the same time, and not again while it is known', async () => {
    const { shared, loads } = createShared()
    const { at, world } = makeCached({}, { shared })
    world.find = signed
    await Promise.all([at(0), at(0), at(0)])
    await at(1)
    expect(loads.length).toBe(1)
  })

  test('can be a denial', async () => {
    const { shared } = createShared()
    const [one, two] = [makeCached({}, { shared }), makeCached({}, { shared })]
    one.world.find = unsigned
    await one.at(0)
    expect(await two.at(1)).toMatchObject({ code: 'UNTRUSTED_NOT_SIGNED', skipped: 'cache hit' })
  })

  test('stands in for an outage at a replica that has never seen the image', async () => {
    const { shared, lifetimes } = createShared()
    const stale = { staleIfUnavailableSeconds: 600 }
    const [one, two] = [makeCached(stale, { shared }), makeCached(stale, { shared })]
    one.world.find = signed
    await one.at(0)
    two.world.find = down
    expect(await two.at(300)).toMatchObject({
      trusted: true,
      stale: { code: 'UNAVAILABLE_NETWORK' },
    })
    expect(lifetimes).toEqual([630_000])
  })

  test('does not bring back a trust that this replica saw withdrawn since', async () => {
    const { shared, saved } = createShared()
    const { at, world } = makeCached({ staleIfUnavailableSeconds: 600 }, { shared })
    world.find = signed
    await at(0)
    const [replayed] = [...saved]
    world.find = unsigned
    await at(31)
    if (replayed !== undefined) saved.set(...replayed)
    world.find = down
    expect(await at(62)).toMatchObject({ trusted: false, code: 'UNAVAILABLE_NETWORK' })
  })
})

test('an outage is not shared', async () => {
  const { shared, saved } = createShared()
  const { at, world } = makeCached({}, { shared })
  world.find = down
  await at(0)
  expect(saved.size).toBe(0)
})

test('where nothing is kept nothing is shared', async () => {
  const { shared, saved } = createShared()
  const { at, world } = makeCached({ expirySeconds: 0 }, { shared })
  world.find = signed
  await at(0)
  expect(saved.size).toBe(0)
})
