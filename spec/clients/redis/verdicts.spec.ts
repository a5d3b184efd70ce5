import { describe, expect, test } from 'bun:test'
import { RedisVerdicts, type StoredVerdict } from '../../../src/clients/redis/verdicts.ts'
import { DIGEST } from '../../admission/fixture.ts'
import { createEntries } from './fixture.ts'

const ID = { configuration: 'c0ffee', rule: '*:*', validator: 'default', image: 'r.io/app:1' }
const TRUSTED: StoredVerdict = { trusted: true, digest: DIGEST, checkedAt: 1000, expiresAt: 9000 }
const DENIED: StoredVerdict = {
  trusted: false,
  code: 'UNTRUSTED_NOT_SIGNED',
  reason: 'nobody signed it',
  checkedAt: 1000,
}

function createVerdicts(version = '1.0.0') {
  const { entries, stored, reports, clock } = createEntries()
  const results: string[] = []
  const verdicts = new RedisVerdicts(entries, version, (result) => void results.push(result))
  return { verdicts, entries, stored, reports, clock, results }
}

test.each([TRUSTED, DENIED])('a verdict is what it was after Redis: %p', async (verdict) => {
  const { verdicts, results } = createVerdicts()
  expect(await verdicts.load(ID)).toBeUndefined()
  verdicts.save(ID, verdict, 30_000)
  expect(await verdicts.load(ID)).toEqual(verdict)
  expect(results).toEqual(['miss', 'hit'])
})

describe('a replayed entry', () => {
  /** Puts the entry of one verdict in the place of another, and loads that. */
  async function replay(from: Partial<typeof ID>) {
    const { verdicts, stored, reports, results } = createVerdicts()
    verdicts.save({ ...ID, ...from }, TRUSTED, 30_000)
    const [entry = ''] = stored.values()
    stored.clear()
    verdicts.save(ID, DENIED, 30_000)
    for (const name of stored.keys()) stored.set(name, entry)
    return { found: await verdicts.load(ID), reports, results }
  }

  test('of the same verdict counts, which shows that the others are refused for what they are', async () => {
    expect(await replay({})).toEqual({ found: TRUSTED, reports: [], results: ['hit'] })
  })

  test.each<[what: string, from: Partial<typeof ID>]>([
    ['of another rule', { rule: 'r.io/*:*' }],
    ['of another configuration', { configuration: 'bad' }],
    ['of another image', { image: 'r.io/app:2' }],
    ['of another validator', { validator: 'other' }],
  ])('%s is refused', async (_, from) => {
    const { found, reports, results } = await replay(from)
    expect([found, results]).toEqual([undefined, ['error']])
    expect(reports.length).toBe(1)
  })

  test('from before its time was over is refused', async () => {
    const { verdicts, clock } = createVerdicts()
    verdicts.save(ID, TRUSTED, 30_000)
    clock.now += 30_000
    expect(await verdicts.load(ID)).toBeUndefined()
  })
})

test('a forged entry admits nothing', async () => {
  const { verdicts, stored } = createVerdicts()
  verdicts.save(ID, DENIED, 30_000)
  const forged = JSON.stringify({ ...TRUSTED, checkedAt: Date.now() })
  for (const [name, entry] of stored) {
    const [seal, until] = entry.split('.')
    for (const value of [forged, `${seal}.${until}.${forged}`, `.${until}.${forged}`]) {
      stored.set(name, value)
      expect(await verdicts.load(ID)).toBeUndefined()
    }
  }
})

test('another version of the program has verdicts of its own', async () => {
  const { entries } = createEntries()
  new RedisVerdicts(entries, '1.0.0').save(ID, TRUSTED, 30_000)
  expect(await new RedisVerdicts(entries, '1.0.1').load(ID)).toBeUndefined()
  expect(await new RedisVerdicts(entries, '1.0.0').load(ID)).toEqual(TRUSTED)
})

test.each([
  { ...TRUSTED, digest: 'sha256:abc' },
  { ...TRUSTED, checkedAt: -1 },
  { ...TRUSTED, more: 1 },
  { ...DENIED, code: 'UNAVAILABLE_NETWORK' },
  { trusted: true },
  null,
])('even our own seal makes no verdict of what is none: %p', async (value) => {
  const { verdicts, entries, stored } = createVerdicts()
  verdicts.save(ID, TRUSTED, 30_000)
  stored.clear()
  const kind = { name: 'verdict', maxBytes: 8192, timeoutMs: 50 }
  const id = ['1.0.0', ID.configuration, ID.rule, ID.validator, ID.image]
  await entries.save(kind, id, JSON.stringify(value), 30_000)
  expect(stored.size).toBe(1)
  expect(await verdicts.load(ID)).toBeUndefined()
})
