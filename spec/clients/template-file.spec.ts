import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readTemplateFile } from '../../src/clients/template-file.ts'
import { Folder } from '../cli/fixture.ts'

const folder = new Folder()
afterAll(() => folder.remove())

describe('a template file', () => {
  test('is read from its folder', () => {
    const file = folder.write('own.json', '{"a": "é"}')
    expect(readTemplateFile(folder.path, 'own')).toEqual({ file, text: '{"a": "é"}' })
  })

  test('may be missing', () => {
    expect(readTemplateFile(folder.path, 'other')).toBeUndefined()
  })

  test.each<[why: string, write: (name: string) => void]>([
    ['it has more than 262144 bytes', (name) => folder.write(name, ' '.repeat(262_145))],
    ['EISDIR', (name) => mkdirSync(join(folder.path, name))],
    ['ERR_ENCODING_INVALID_ENCODED_DATA', (name) => folder.write(name, new Uint8Array([0xff]))],
  ])('that cannot be read is named: %s', (why, write) => {
    const name = why.replaceAll(' ', '-')
    write(`${name}.json`)
    expect(() => readTemplateFile(folder.path, name)).toThrow(
      `the alert template ${folder.path}/${name}.json cannot be read (${why})`,
    )
  })
})
