import { describe, expect, test } from 'bun:test'
import type { EntryKind } from '../../../src/clients/redis/entries.ts'
import { Secret } from '../../../src/text/secret.ts'
import { createEntries } from './fixture.ts'

const KIND: EntryKind = { name: 'spec', maxBytes: 1000, timeoutMs: 50 }
const OTHER: EntryKind = { ...KIND, name: 'other' }
const ID = ['one', 'two']

describe('an entry', () => {
  test('is found again under its id', async () => {
    const { entries, reports } = createEntries()
    expect(await entries.load(KIND, ID)).toBe('none')
    expect(await entries.save(KIND, ID, 'a text, even ünïcödé', 1000)).toBe(true)
    expect(await entries.load(KIND, ID)).toEqual({ text: 'a text, even ünïcödé' })
    expect(reports).toEqual([])
  })

  test('is of its kind and of every part of its id', async () => {
    const { entries } = createEntries()
    await entries.save(KIND, ID, 'text', 1000)
    for (const id of [['one'], ['one', 'three'], ['onetwo'], ['one', 'two', '']]) {
      expect(await entries.load(KIND, id)).toBe('none')
    }
    expect(await entries.load(OTHER, ID)).toBe('none')
  })

  test('tells nobody by its name what it is about', async () => {
    const { entries, stored } = createEntries()
    await entries.save(KIND, ['registry.example/secret:1'], 'text', 1000)
    expect([...stored.keys()].join()).toMatch(/^connaisseur:spec:[0-9a-f]{64}$/)
    const { entries: ofAnother, stored: others } = createEntries({
      key: new Secret('x'.repeat(32)),
    })
    await ofAnother.save(KIND, ['registry.example/secret:1'], 'text', 1000)
    expect([...others.keys()]).not.toEqual([...stored.keys()])
  })

  test('that is longer than its kind may be is not saved', async () => {
    const { entries, stored } = createEntries()
    expect(await entries.save(KIND, ID, 'x'.repeat(1000), 1000)).toBe(false)
    expect(stored.size).toBe(0)
  })
})

describe('whoever can write to Redis', () => {
  /** What is loaded after an entry was altered, and what an operator hears of it. */
  async function afterwards(alter: (entry: string) => string) {
    const { entries, stored, reports } = createEntries()
    await entries.save(KIND, ID, 'text', 1000)
    for (const [name, entry] of stored) stored.set(name, alter(entry))
    return { found: await entries.load(KIND, ID), reports }
  }

  test.each<[what: string, alter: (entry: string) => string]>([
    ['another text', (entry) => entry.replace('text', 'test')],
    [
      'a longer life',
      (entry) => entry.replace(/\.(\d+)\./, (_, until) => `.${Number(until) + 1}.`),
    ],
    ['its time written otherwise', (entry) => entry.replace('.', '.0')],
    ['no seal', (entry) => entry.replace(/^[^.]+/, '')],
    ['an empty seal of the right length', (entry) => entry.replace(/^[^.]+/, 'A'.repeat(43))],
    ['something cut off', (entry) => entry.slice(0, -1)],
    ['something added', (entry) => `${entry}!`],
    ['anything', () => 'anything'],
    ['megabytes', (entry) => entry + 'x'.repeat(5_000_000)],
  ])('cannot forge an entry: %s', async (_, alter) => {
    const { found, reports } = await afterwards(alter)
    expect(found).toBe('foreign')
    expect(reports).toMatchObject([
      { message: 'an entry in redis is not ours, or too old, and does not count', kind: 'spec' },
    ])
  })

  test('cannot put an entry in the place of another one', async () => {
    const { entries, stored } = createEntries()
    await entries.save(KIND, ID, 'of one and two', 1000)
    const [name = '', entry = ''] = [...stored][0] ?? []
    await entries.save(KIND, ['other'], 'of another', 1000)
    for (const key of stored.keys()) if (key !== name) stored.set(key, entry)
    expect(await entries.load(KIND, ['other'])).toBe('foreign')
    expect(await entries.load(KIND, ID)).toEqual({ text: 'of one and two' })
  })

  test('cannot use an entry beyond its time', async () => {
    const { entries, clock } = createEntries()
    await entries.save(KIND, ID, 'text', 1000)
    clock.now += 999
    expect(await entries.load(KIND, ID)).toEqual({ text: 'text' })
    clock.now += 1
    expect(await entries.load(KIND, ID)).toBe('foreign')
  })

  test('cannot have entries counted that were sealed with another key', async () => {
    const { make, stored } = createEntries()
    const foreign = make({ key: new Secret('x'.repeat(32)) })
    await foreign.save(KIND, ID, 'text', 1000)
    const [entry = ''] = stored.values()
    const ours = make()
    await ours.save(KIND, ID, 'text', 1000)
    for (const name of stored.keys()) stored.set(name, entry)
    expect(await ours.load(KIND, ID)).toBe('foreign')
  })

  test('cannot fill the log', async () => {
    const { entries, stored, reports, clock } = createEntries()
    await entries.save(KIND, ID, 'text', 1000)
    for (const name of stored.keys()) stored.set(name, 'anything')
    for (let second = 0; second < 61; second++) {
      await entries.load(KIND, ID)
      clock.now += 1000
    }
    expect(reports.length).toBe(2)
  })
})
