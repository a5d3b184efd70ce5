import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { prepareStateDir } from '../../src/clients/trust-store.ts'
import { bytesOf, ID, loadTexts, StateFolder, trustData } from './trust-store-fixture.ts'

let folder: StateFolder
beforeEach(() => {
  folder = new StateFolder()
})
afterEach(() => folder.remove())

const DATA = trustData(['root 1', 'root 2'], { timestamp: 't1', snapshot: 's1', targets: 'a1' })

describe('what is kept', () => {
  test('outlives the process, roots in order', async () => {
    await folder.open().save(ID, DATA)
    expect(await loadTexts(folder.open())).toEqual({
      roots: ['root 1', 'root 2'],
      roles: { timestamp: 't1', snapshot: 's1', targets: 'a1' },
    })
    expect(folder.heard).toEqual([])
  })

  test('is nothing at first, which is no problem', async () => {
    expect(await folder.open().load(ID)).toBeUndefined()
    expect(folder.heard).toEqual([])
  })

  test('keeps the roles that a save does not give, and replaces the roots', async () => {
    const store = folder.open()
    await store.save(ID, DATA)
    await store.save(ID, trustData(['root 1', 'root 2', 'root 3'], { timestamp: 't2' }))
    expect(await loadTexts(folder.open())).toEqual({
      roots: ['root 1', 'root 2', 'root 3'],
      roles: { timestamp: 't2', snapshot: 's1', targets: 'a1' },
    })
  })

  test.each([
    ['server', { ...ID, server: 'other.example' }],
    ['repository', { ...ID, gun: 'docker.io/library/other' }],
    ['pin', { ...ID, pin: 'another-key' }],
    [
      'split of server and repository',
      { ...ID, server: `${ID.server}docker.io/`, gun: 'library/app' },
    ],
  ])('is apart for another %s', async (_, other) => {
    const store = folder.open()
    await store.save(ID, DATA)
    expect(await store.load(other)).toBeUndefined()
    await store.save(other, trustData(['other root'], {}))
    expect(await loadTexts(store)).toMatchObject({ roots: ['root 1', 'root 2'] })
    expect(await loadTexts(store, other)).toEqual({ roots: ['other root'], roles: {} })
    expect(folder.heard).toEqual([])
  })

  test('is for the own user only', async () => {
    await folder.open().save(ID, DATA)
    for (const file of folder.files()) {
      expect(statSync(file).mode & 0o777).toBe(0o600)
      const folders = [dirname(file), dirname(dirname(file)), dirname(dirname(dirname(file)))]
      expect(folders.map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700, 0o700])
    }
  })

  test('has no name from outside in a path', async () => {
    const odd = { server: '../../s', gun: '../../g', pin: '../../p' }
    const roles = { '../../targets/evil': 'x', ['__proto__']: 'y', 'a/../b': 'z' }
    await folder.open().save(odd, trustData(['r'], roles))
    const hash = '[0-9a-f]{64}'
    const path = new RegExp(`^${folder.path}/notary-v1/${hash}/${hash}/(?:${hash}|index)\\.json$`)
    for (const file of folder.files()) expect(file).toMatch(path)
    expect((await folder.open().load(odd))?.roles.get('__proto__')).toEqual(bytesOf('y'))
  })

  test('says in its index, for people, which repository it is of', async () => {
    await folder.open().save(ID, DATA)
    expect(JSON.parse(readFileSync(folder.file('index.json'), 'utf8'))).toMatchObject(ID)
  })

  test('is as it was when it was given', async () => {
    const data = trustData(['root 1'], { timestamp: 't1' })
    const saved = folder.open().save(ID, data)
    data.roles.set('timestamp', bytesOf('changed'))
    await saved
    expect(await loadTexts(folder.open())).toMatchObject({ roles: { timestamp: 't1' } })
  })
})

describe('saves and loads of one repository', () => {
  test('happen in the order in which they were asked for', async () => {
    const store = folder.open()
    const seen: unknown[] = []
    const all = Array.from({ length: 10 }, (_, index) => {
      const roles = { timestamp: `t${index}`, [`targets/${index}`]: 'd' }
      const saved = store.save(ID, trustData(['root 1'], roles))
      return [saved, loadTexts(store).then((data) => seen.push(data?.roles['timestamp']))]
    })
    await Promise.all(all.flat())
    expect(seen).toEqual(all.map((_, index) => `t${index}`))
    expect(Object.keys((await loadTexts(store))?.roles ?? {})).toHaveLength(11)
    expect(folder.heard).toEqual([])
  })
})

describe('a file that is there already', () => {
  test('is not written again', async () => {
    await folder.open().save(ID, DATA)
    const { ino } = statSync(folder.contentFile('root 1'))
    await folder.open().save(ID, DATA)
    expect(statSync(folder.contentFile('root 1')).ino).toBe(ino)
  })

  test('counts as new, so that no other process sweeps it before the index names it', async () => {
    await folder.open().save(ID, DATA)
    utimesSync(folder.contentFile('t1'), 0, 0)
    await folder.open().save(ID, trustData(['root 1'], { timestamp: 't1' }))
    expect(statSync(folder.contentFile('t1')).mtimeMs).toBeGreaterThan(0)
  })
})

describe('files that no index names', () => {
  test('stay for those who are about to read them, and go with a later save', async () => {
    await folder.open().save(ID, DATA)
    await folder.open(60_000).save(ID, trustData(['root 1'], { timestamp: 't2' }))
    expect(() => folder.contentFile('t1')).not.toThrow()
    expect(() => folder.contentFile('root 2')).not.toThrow()
    await folder.open(120_000).save(ID, trustData(['root 1'], { timestamp: 't3' }))
    expect(() => folder.contentFile('t1')).toThrow('not one file')
    expect(() => folder.contentFile('root 2')).toThrow('not one file')
    expect(await loadTexts(folder.open())).toMatchObject({ roots: ['root 1'] })
  })

  test('are those of a process that was killed, too', async () => {
    await folder.open().save(ID, DATA)
    const left = join(dirname(folder.file('index.json')), `.${crypto.randomUUID()}.tmp`)
    writeFileSync(left, 'half')
    await folder.open().save(ID, DATA)
    expect(folder.files('.tmp')).toEqual([left])
    await folder.open(60_000).save(ID, DATA)
    expect(folder.files('.tmp')).toEqual([])
  })

  test('stay where somebody else put them', async () => {
    await folder.open().save(ID, DATA)
    const foreign = join(dirname(folder.file('index.json')), 'notes.txt')
    writeFileSync(foreign, 'mine')
    await folder.open(60_000).save(ID, DATA)
    expect(folder.files('notes.txt')).toEqual([foreign])
  })
})

describe('a folder that cannot be written to', () => {
  test('is reported once, fails nobody, and is news again after it worked', async () => {
    const store = folder.open()
    await store.save(ID, DATA)
    const block = () => {
      renameSync(folder.path, `${folder.path}.away`)
      writeFileSync(folder.path, 'in the way')
    }
    const unblock = () => {
      rmSync(folder.path)
      renameSync(`${folder.path}.away`, folder.path)
    }
    block()
    await store.save(ID, DATA)
    await store.save(ID, DATA)
    unblock()
    expect(folder.heard.map(({ message }) => message)).toEqual(['trust data cannot be remembered'])
    expect(folder.heard[0]?.fields).toMatchObject({ server: ID.server, gun: ID.gun })
    await store.save(ID, DATA)
    block()
    await store.save(ID, DATA)
    unblock()
    expect(folder.heard).toHaveLength(2)
  })

  test('is made again when it vanished', async () => {
    const store = folder.open()
    await store.save(ID, DATA)
    folder.remove()
    await store.save(ID, DATA)
    expect(await loadTexts(store)).toMatchObject({ roots: ['root 1', 'root 2'] })
    expect(folder.heard).toEqual([])
  })
})

describe('a disk that is full', () => {
  test('is reported, leaves the old state and nothing half written', async () => {
    await folder.open().save(ID, DATA)
    const files = folder.files()
    // The process may write no file of more than a block; a full disk fails it alike.
    const script = join(import.meta.dir, 'trust-store-writer.ts')
    const command = `trap '' XFSZ; ulimit -f 1; exec "$0" "$1" "$2" 3`
    const writer = Bun.spawn(['sh', '-c', command, process.execPath, script, folder.path], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const { value } = await writer.stdout.getReader().read()
    writer.kill('SIGKILL')
    await writer.exited
    expect(Buffer.from(value ?? []).toString()).toStartWith('trust data cannot be remembered EFBIG')
    expect(await loadTexts(folder.open())).toMatchObject({ roles: { timestamp: 't1' } })
    expect(folder.files('.tmp')).toEqual([])
    expect(folder.files()).toEqual(expect.arrayContaining([...files]))
  })
})

describe('prepareStateDir', () => {
  test('makes the folder, for the own user only, and leaves nothing in it', () => {
    const dir = join(folder.path, 'new', 'state')
    prepareStateDir(dir)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    prepareStateDir(dir)
    expect(folder.files()).toEqual([])
  })

  test('names the folder that cannot be used, and why', () => {
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    expect(() => prepareStateDir(file)).toThrow(`${file} cannot be used to keep state (EEXIST)`)
    const below = join(file, 'state')
    expect(() => prepareStateDir(below)).toThrow(`${below} cannot be used to keep state (ENOTDIR)`)
  })

  test('finds out that a folder takes no files', () => {
    expect(() => prepareStateDir('/proc')).toThrow('/proc cannot be used to keep state (E')
  })
})
