import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { bytesOf, ID, loadTexts, StateFolder, trustData } from './trust-store-fixture.ts'

const MAX_CONTENT_BYTES = 64 * 1024 * 1024
const OTHER = { ...ID, gun: 'docker.io/library/other' }
const DATA = trustData(['root 1'], { timestamp: 't1', targets: 'a1' })
const NEWS = trustData(['root 1'], { timestamp: 't2', targets: 'a2' })

let folder: StateFolder
beforeEach(async () => {
  folder = new StateFolder()
  await folder.open().save(ID, DATA)
})
afterEach(() => folder.remove())

/** Changes the index, which is JSON. */
function changeIndex(change: Readonly<Record<string, unknown>>): void {
  const file = folder.file('index.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }))
}

/** Puts a link to the same bytes in the place of a file or folder. */
function replaceByLink(path: string): void {
  renameSync(path, `${folder.path}/elsewhere`)
  symlinkSync(`${folder.path}/elsewhere`, path)
}

const HASH = 'f'.repeat(64)
const hashes = (count: number) => Array.from({ length: count }, () => HASH)
const roles = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ role: `targets/${index}`, sha256: HASH }))

const DAMAGES: readonly (readonly [what: string, problem: string, damage: () => void])[] = [
  [
    'bytes that are not those of the name',
    'its bytes are not those of its name',
    () => writeFileSync(folder.contentFile('a1'), 'a2'),
  ],
  [
    'a torn file',
    'its bytes are not those of its name',
    () => truncateSync(folder.contentFile('root 1'), 3),
  ],
  ['a missing file', 'it is missing', () => rmSync(folder.contentFile('t1'))],
  [
    'a file over 64 MiB',
    `it has ${MAX_CONTENT_BYTES + 1} bytes, more than ${MAX_CONTENT_BYTES}`,
    () => truncateSync(folder.contentFile('a1'), MAX_CONTENT_BYTES + 1),
  ],
  ['a link', 'it cannot be read (ELOOP)', () => replaceByLink(folder.contentFile('a1'))],
  [
    'a folder in place of a file',
    'it is not a regular file',
    () => {
      const file = folder.contentFile('a1')
      rmSync(file)
      mkdirSync(`${file}/x`, { recursive: true })
    },
  ],
  [
    'a pipe, which nobody waits for',
    'it is not a regular file',
    () => {
      const file = folder.contentFile('a1')
      rmSync(file)
      Bun.spawnSync(['mkfifo', file])
    },
  ],
  [
    'a link in place of the folder of the pin',
    'it is not a folder',
    () => replaceByLink(dirname(folder.file('index.json'))),
  ],
  [
    'a link in place of the folder of the repository',
    'it is not a folder',
    () => replaceByLink(dirname(dirname(folder.file('index.json')))),
  ],
  ['an index that is a link', 'ELOOP', () => replaceByLink(folder.file('index.json'))],
  ['an index that is torn', 'it is not JSON', () => truncateSync(folder.file('index.json'), 100)],
  [
    'an index that is not UTF-8',
    'it is not JSON',
    () => {
      const file = folder.file('index.json')
      const text = readFileSync(file, 'latin1').replace('"a-key"', '"\xff"')
      writeFileSync(file, Buffer.from(text, 'latin1'))
    },
  ],
  [
    'an index over 1 MiB',
    'bytes, more than 1048576',
    () => appendFileSync(folder.file('index.json'), ' '.repeat(1024 * 1024)),
  ],
  ['an index of a later format', 'at /format', () => changeIndex({ format: 2 })],
  ['an index with a field of another program', 'at /later', () => changeIndex({ later: true })],
  ['an index of another server', 'of another repository', () => changeIndex({ server: 'x' })],
  ['an index of another repository', 'of another repository', () => changeIndex({ gun: 'x' })],
  ['an index of another pin', 'of another repository or pin', () => changeIndex({ pin: 'x' })],
  ['an index without roots', 'at /roots', () => changeIndex({ roots: [] })],
  ['an index of 257 roots', 'at /roots', () => changeIndex({ roots: hashes(257) })],
  ['an index of 1001 roles', 'at /roles', () => changeIndex({ roles: roles(1001) })],
  [
    'an index with a path for a hash',
    'at /roots/0',
    () => changeIndex({ roots: ['../../../etc/passwd'] }),
  ],
  [
    'an index that lists a role twice',
    'it lists a role twice',
    () => changeIndex({ roles: [...roles(1), ...roles(1)] }),
  ],
]

describe.each(DAMAGES)('%s', (_, problem, damage) => {
  beforeEach(() => damage())

  test('is reported once and counts as nothing there', async () => {
    const store = folder.open()
    expect(await store.load(ID)).toBeUndefined()
    expect(await store.load(ID)).toBeUndefined()
    expect(folder.heard).toMatchObject([
      {
        message: 'remembered trust data is not usable',
        fields: { server: ID.server, gun: ID.gun, file: expect.stringContaining(folder.path) },
      },
    ])
    expect(folder.problems()).toEqual([expect.stringContaining(problem)])
  })

  test('is replaced by the next save', async () => {
    await folder.open().save(ID, NEWS)
    folder.heard.length = 0
    const loaded = await loadTexts(folder.open())
    expect(loaded).toEqual({ roots: ['root 1'], roles: { timestamp: 't2', targets: 'a2' } })
    expect(folder.heard).toEqual([])
  })
})

describe('a save', () => {
  test('replaces a damaged file although its name is right', async () => {
    writeFileSync(folder.contentFile('a1'), 'xx')
    await folder.open().save(ID, DATA)
    expect(await loadTexts(folder.open())).toMatchObject({ roles: { targets: 'a1' } })
  })

  test('replaces a folder that has the name of a file', async () => {
    for (const file of [folder.contentFile('a1'), folder.file('index.json')]) {
      rmSync(file)
      mkdirSync(`${file}/x`, { recursive: true })
    }
    await folder.open().save(ID, DATA)
    expect(await loadTexts(folder.open())).toMatchObject({ roles: { targets: 'a1' } })
  })

  test('does not carry on a role whose file is damaged, and reports it', async () => {
    writeFileSync(folder.contentFile('a1'), 'xx')
    await folder.open().save(ID, trustData(['root 1'], { timestamp: 't2' }))
    expect(folder.problems()).toEqual(['its bytes are not those of its name'])
    expect(await loadTexts(folder.open())).toMatchObject({ roles: { timestamp: 't2' } })
  })

  test('of a folder that was copied from another repository takes nothing of it over', async () => {
    const store = folder.open()
    await store.save(OTHER, trustData(['root 1'], { 'targets/evil': 'e' }))
    const [a, b] = folder.files('index.json').map(dirname)
    const own = readFileSync(`${a}/index.json`, 'utf8').includes(OTHER.gun) ? [b, a] : [a, b]
    const [mine = '', others = ''] = own
    rmSync(mine, { recursive: true })
    cpSync(others, mine, { recursive: true })
    await store.save(ID, trustData(['root 1'], { timestamp: 't3' }))
    expect(await loadTexts(store)).toEqual({ roots: ['root 1'], roles: { timestamp: 't3' } })
    expect(folder.problems()).toEqual(['it is of another repository or pin'])
  })

  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`targets/${index}`, 'd']))

  test.each([
    ['no root', { roots: [], roles: new Map() }, 'there is no root'],
    [
      '257 roots',
      trustData(
        hashes(257).map((_, index) => `root ${index}`),
        {},
      ),
      '257 roots are more than 256',
    ],
    ['1001 roles', trustData(['root 1'], many(1001)), '1001 roles are more than 1000'],
    [
      'a file over 64 MiB',
      { roots: [bytesOf('root 1')], roles: new Map([['targets', Buffer.alloc(67_108_865)]]) },
      'a file of 67108865 bytes is larger than 67108864',
    ],
  ])('of %s is reported, and the old state stays', async (_, data, problem) => {
    await folder.open().save(ID, data)
    expect(folder.problems()).toEqual([problem])
    expect(await loadTexts(folder.open())).toMatchObject({ roles: { timestamp: 't1' } })
  })

  test('lets roles that it does not give go beyond 1000', async () => {
    await folder.open().save(ID, trustData(['root 1'], many(999)))
    expect((await folder.open().load(ID))?.roles.size).toBe(1000)
    expect((await folder.open().load(ID))?.roles.has('targets/998')).toBe(true)
    expect(folder.heard).toEqual([])
  }, 30_000)
})
