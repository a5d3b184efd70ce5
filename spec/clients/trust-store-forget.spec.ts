import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ID, loadTexts, StateFolder, trustData } from './trust-store-fixture.ts'

const OTHER = { ...ID, gun: 'docker.io/library/other' }
const DATA = trustData(['root 1'], { timestamp: 't1' })

let folder: StateFolder
beforeEach(() => {
  folder = new StateFolder()
})
afterEach(() => folder.remove())

describe('forget', () => {
  test('removes a repository under all its pins, and no other', async () => {
    const store = folder.open()
    for (const id of [ID, { ...ID, pin: 'another-key' }, OTHER]) await store.save(id, DATA)
    expect(await store.forget(ID.server, ID.gun)).toBe(true)
    expect(await store.load(ID)).toBeUndefined()
    expect(await store.load({ ...ID, pin: 'another-key' })).toBeUndefined()
    expect(await loadTexts(store, OTHER)).toMatchObject({ roots: ['root 1'] })
    expect(folder.files('index.json')).toHaveLength(1)
    expect(folder.heard).toEqual([])
  })

  test('leaves the time, for a process that remembers still', async () => {
    const before = Date.now()
    const serving = folder.open()
    await serving.save(ID, DATA)
    expect(await serving.forgottenAt(ID.server, ID.gun)).toBeUndefined()
    await folder.open().forget(ID.server, ID.gun)
    const at = (await serving.forgottenAt(ID.server, ID.gun)) ?? 0
    expect(at).toBeGreaterThanOrEqual(before)
    expect(at).toBeLessThanOrEqual(Date.now())
    expect(await serving.forgottenAt(OTHER.server, OTHER.gun)).toBeUndefined()
    await serving.save(ID, DATA)
    expect(await serving.forgottenAt(ID.server, ID.gun)).toBe(at)
  })

  test('of what is not kept says so, and leaves the time all the same', async () => {
    const store = folder.open()
    expect(await store.forget(ID.server, ID.gun)).toBe(false)
    expect(await store.forgottenAt(ID.server, ID.gun)).toBeNumber()
    expect(await store.forget(ID.server, ID.gun)).toBe(false)
  })

  test('removes what another forget left when it was killed', async () => {
    const store = folder.open()
    await store.forget(ID.server, ID.gun)
    const left = `${dirname(folder.file('forgotten.json'))}/.${crypto.randomUUID()}.tmp`
    mkdirSync(left)
    expect(await store.forget(ID.server, ID.gun)).toBe(false)
    expect(folder.files()).toEqual([folder.file('forgotten.json')])
  })

  test('waits for the save that is under way', async () => {
    const store = folder.open()
    const saved = store.save(ID, DATA)
    expect(await store.forget(ID.server, ID.gun)).toBe(true)
    await saved
    expect(await store.load(ID)).toBeUndefined()
    expect(folder.heard).toEqual([])
  })

  test('does not follow a link that is in its place', async () => {
    await folder.open().save(OTHER, DATA)
    const others = dirname(dirname(folder.file('index.json')))
    await folder.open().save(ID, DATA)
    const own = folder.files('index.json').map((file) => dirname(dirname(file)))
    const mine = own.find((each) => each !== others) ?? ''
    rmSync(mine, { recursive: true })
    symlinkSync(others, mine)
    expect(await folder.open().forget(ID.server, ID.gun)).toBe(false)
    expect(await loadTexts(folder.open(), OTHER)).toMatchObject({ roots: ['root 1'] })
  })

  test('rejects with the repository and the reason where the folder is not usable', async () => {
    rmSync(folder.path, { recursive: true })
    writeFileSync(folder.path, 'in the way')
    await expect(folder.open().forget(ID.server, ID.gun)).rejects.toThrow(
      `${ID.gun} of ${ID.server} cannot be forgotten (ENOTDIR)`,
    )
  })
})

test('a save after a forget that failed is tried all the same, and fails nobody', async () => {
  rmSync(folder.path, { recursive: true })
  writeFileSync(folder.path, 'in the way')
  const store = folder.open()
  const forgotten = store.forget(ID.server, ID.gun)
  const saved = store.save(ID, DATA)
  await expect(forgotten).rejects.toThrow('cannot be forgotten')
  await saved
  expect(folder.problems()).toEqual(['EEXIST'])
})

describe('a marker', () => {
  const change = (fields: Readonly<Record<string, unknown>>) => {
    const file = folder.file('forgotten.json')
    const marker = { ...JSON.parse(readFileSync(file, 'utf8')), ...fields }
    writeFileSync(file, JSON.stringify(marker))
  }

  test.each([
    ['of another server', { server: 'x' }, 'it is of another repository'],
    ['of another repository', { gun: 'x' }, 'it is of another repository'],
    ['of a later format', { format: 2 }, 'at /format'],
    ['without a time', { forgottenAt: null }, 'at /forgottenAt'],
    [
      'of the future, which would excuse every rollback until then',
      { forgottenAt: Date.now() + 3_600_000 },
      'its time is yet to come',
    ],
  ])('%s counts as none and is reported', async (_, fields, problem) => {
    const store = folder.open()
    await store.forget(ID.server, ID.gun)
    change(fields)
    expect(await store.forgottenAt(ID.server, ID.gun)).toBeUndefined()
    expect(await store.forgottenAt(ID.server, ID.gun)).toBeUndefined()
    expect(folder.problems()).toEqual([expect.stringContaining(problem)])
  })

  test('is not read through a link in place of the folder', async () => {
    await folder.open().forget(ID.server, ID.gun)
    const own = dirname(folder.file('forgotten.json'))
    renameSync(own, `${folder.path}/elsewhere`)
    symlinkSync(`${folder.path}/elsewhere`, own)
    expect(await folder.open().forgottenAt(ID.server, ID.gun)).toBeUndefined()
    expect(folder.problems()).toEqual(['it is not a folder'])
  })

  test('that is damaged counts as none, and the next forget replaces it', async () => {
    const store = folder.open()
    await store.forget(ID.server, ID.gun)
    writeFileSync(folder.file('forgotten.json'), '{')
    expect(await store.forgottenAt(ID.server, ID.gun)).toBeUndefined()
    expect(folder.problems()).toEqual(['it is not JSON'])
    await store.forget(ID.server, ID.gun)
    expect(await store.forgottenAt(ID.server, ID.gun)).toBeNumber()
  })
})
