import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { watchCaFile } from '../../src/clients/ca-file.ts'
import { watchFile } from '../../src/clients/watched-file.ts'
import { Folder } from '../cli/fixture.ts'
import { createCertificateAuthority } from '../support/certificate.ts'

let folder: Folder
let nowMs: number
let reports: string[]

beforeEach(() => {
  folder = new Folder()
  nowMs = 0
  reports = []
})
afterEach(() => folder.remove())

const watch = (...names: readonly string[]) =>
  watchFile({
    what: 'the number',
    files: names.map((name) => `${folder.path}/${name}`),
    parse(text) {
      if (!/^\d+$/.test(text)) throw new SyntaxError('it is no number')
      return Number(text)
    },
    report: (message, fields) => reports.push(`${message}: ${Object.values(fields).join(' ')}`),
    now: () => nowMs,
  })

describe('a file that changes', () => {
  test('is read again, a second after it was looked at', () => {
    folder.write('file', '1')
    const read = watch('file')
    folder.write('file', '22')
    nowMs = 999
    expect(read()).toBe(1)
    nowMs = 1000
    expect(read()).toBe(22)
    expect(reports).toEqual([`file was read again: the number ${folder.path}/file`])
  })

  test('is read again when links are swapped, as Kubernetes does it', () => {
    for (const [name, text] of [
      ['one', '1'],
      ['two', '2'],
    ] as const) {
      mkdirSync(`${folder.path}/${name}`)
      writeFileSync(`${folder.path}/${name}/file`, text)
    }
    symlinkSync('one', `${folder.path}/data`)
    const read = watch('data/file')
    symlinkSync('two', `${folder.path}/next`)
    renameSync(`${folder.path}/next`, `${folder.path}/data`)
    nowMs = 1000
    expect(read()).toBe(2)
  })

  test.each<[string, () => void]>([
    ['is no good', () => void folder.write('file', 'x'.repeat(3))],
    ['is gone', () => rmSync(`${folder.path}/file`)],
    ['is too large', () => void folder.write('file', '1'.repeat(1024 * 1024 + 1))],
  ])('and then %s leaves its last good content, and says so once', (_, spoil) => {
    folder.write('file', '1')
    const read = watch('file')
    spoil()
    for (nowMs = 1000; nowMs < 5000; nowMs += 1000) expect(read()).toBe(1)
    expect(reports.length).toBe(1)
    expect(reports[0]).toStartWith('changed file cannot be used, its last good content counts: ')
    folder.write('file', '23')
    nowMs = 6000
    expect(read()).toBe(23)
  })
})

describe('a file that cannot be used at first', () => {
  test('is missing, under each of its names', () => {
    expect(() => watch('a', 'b')).toThrow(
      `the number: there is no file ${folder.path}/a nor ${folder.path}/b`,
    )
  })

  test('is no good, and is named', () => {
    folder.write('file', 'x')
    expect(() => watch('file')).toThrow(
      `the number: ${folder.path}/file cannot be used: it is no number`,
    )
  })

  test('is a folder', () => {
    expect(() =>
      watchFile({
        what: 'the number',
        files: [folder.path],
        parse: String,
        report: () => {},
      }),
    ).toThrow(`the number: ${folder.path} cannot be read (EISDIR)`)
  })
})

test('the first of several files that is there is read', () => {
  folder.write('b', '2')
  const read = watch('a', 'b')
  expect(read()).toBe(2)
  folder.write('a', '1')
  nowMs = 1000
  expect(read()).toBe(1)
})

test('a CA file holds certificates, one or several, and nothing else', async () => {
  const [one, other] = await Promise.all([
    createCertificateAuthority('one'),
    createCertificateAuthority('other'),
  ])
  const open = (text: string) => watchCaFile(folder.write('ca.crt', text), () => {}).read
  expect(open(one.cert + other.cert)()).toBe(one.cert + other.cert)
  expect(() => open('')).toThrow('no PEM block')
  expect(() => open(`${one.cert}trailing`)).toThrow('text that is not part of a PEM block')
  expect(() => open('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')).toThrow(
    'a private key where a certificate belongs',
  )
})
