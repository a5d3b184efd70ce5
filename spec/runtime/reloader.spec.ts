import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { Reloader } from '../../src/runtime/reloader.ts'
import { Folder } from '../cli/fixture.ts'

let folder: Folder
let lines: string[]
let told: string[]
let loaded: string[]

beforeEach(() => {
  folder = new Folder()
  lines = []
  told = []
  loaded = []
})
afterEach(() => folder.remove())

/** Takes any text but `bad`; the same one again is no change. */
function watch(...files: readonly string[]) {
  return new Reloader({
    what: 'configuration',
    files: () => files,
    async load() {
      const text = await Bun.file(files[0] ?? '').text()
      loaded.push(text)
      if (text.startsWith('bad')) throw new Error(`it is ${text}`)
      return text !== 'same'
    },
    log: (level, message, fields) =>
      lines.push(`${level} ${message} ${fields?.['problem'] ?? ''}`.trim()),
    tell: (what, outcome) => told.push(`${what} ${outcome}`),
  })
}

async function lookOften(reloader: Reloader, times: number): Promise<void> {
  for (let look = 0; look < times; look++) await reloader.look()
}

describe('a file that changes', () => {
  test('is taken over at the second look that finds it the same: it may be half written', async () => {
    const reloader = watch(folder.write('file', 'one'))
    folder.write('file', 'tw')
    await reloader.look()
    folder.write('file', 'two!')
    await reloader.look()
    expect(loaded).toEqual([])
    await reloader.look()
    expect(loaded).toEqual(['two!'])
    expect(told).toEqual(['configuration ok'])
    expect(lines).toEqual(['info configuration was read again'])
    await lookOften(reloader, 30)
    expect(loaded).toEqual(['two!'])
  })

  test('is no reload when what it says is what is in force', async () => {
    const reloader = watch(folder.write('file', 'one'))
    folder.write('file', 'same')
    await lookOften(reloader, 3)
    expect([loaded, lines, told]).toEqual([['same'], [], []])
  })

  test('is seen when links are swapped, as Kubernetes does it, in its folder too', async () => {
    const write = (name: string, text: string) => {
      mkdirSync(`${folder.path}/${name}`)
      writeFileSync(`${folder.path}/${name}/file`, text)
    }
    write('one', '1')
    symlinkSync('one', `${folder.path}/..data`)
    symlinkSync('..data/file', `${folder.path}/file`)
    const [byFile, byFolder] = [
      watch(`${folder.path}/file`),
      watch(`${folder.path}/file`, folder.path),
    ]
    write('two', '2')
    symlinkSync('two', `${folder.path}/next`)
    renameSync(`${folder.path}/next`, `${folder.path}/..data`)
    await lookOften(byFile, 2)
    await lookOften(byFolder, 2)
    expect(loaded).toEqual(['2', '2'])
  })
})

describe('what cannot be used', () => {
  test('leaves what was before, and is logged, counted and kept in view, once', async () => {
    const reloader = watch(folder.write('file', 'one'))
    folder.write('file', 'bad')
    await lookOften(reloader, 40)
    expect(reloader.problem).toBe('it is bad')
    expect(lines).toEqual([
      'error changed configuration cannot be used, the one before stays it is bad',
    ])
    expect(told).toEqual(['configuration failed'])
  })

  test('is tried again now and then: its cause may lie in another file', async () => {
    const file = folder.write('file', 'one')
    let isGood = false
    const reloader = new Reloader({
      what: 'configuration',
      files: () => [file],
      load() {
        if (!isGood) throw new Error('a secret is missing')
        return true
      },
      log: (level) => lines.push(level),
      tell: (what, outcome) => told.push(`${what} ${outcome}`),
    })
    folder.write('file', 'two!')
    await lookOften(reloader, 2)
    isGood = true
    await lookOften(reloader, 9)
    expect(reloader.problem).toBeDefined()
    await reloader.look()
    expect(reloader.problem).toBeUndefined()
    expect(told).toEqual(['configuration failed', 'configuration ok'])
  })

  test('is forgotten when the file is again what is in force', async () => {
    const reloader = watch(folder.write('file', 'one'))
    folder.write('file', 'bad')
    await lookOften(reloader, 2)
    folder.write('file', 'same')
    await lookOften(reloader, 2)
    expect(reloader.problem).toBeUndefined()
    expect(told).toEqual(['configuration failed', 'configuration ok'])
  })

  test('is told again when it changes to something else that cannot be used', async () => {
    const reloader = watch(folder.write('file', 'one'))
    folder.write('file', 'bad')
    await lookOften(reloader, 2)
    folder.write('file', 'bad!')
    await lookOften(reloader, 2)
    expect(reloader.problem).toBe('it is bad!')
    expect(told).toEqual(['configuration failed', 'configuration failed'])
  })

  test('is a file that is gone, too', async () => {
    const file = folder.write('file', 'one')
    const reloader = watch(file)
    rmSync(file)
    await lookOften(reloader, 2)
    expect(told).toEqual(['configuration failed'])
  })
})
