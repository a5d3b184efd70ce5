import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Glob } from 'bun'

const SPEC = import.meta.dir

/** The part of SECURITY.md whose last column names specs. */
async function readThreatModel(): Promise<string> {
  const text = await Bun.file(resolve(SPEC, '../SECURITY.md')).text()
  return text.split('\n## ').find((part) => part.startsWith('Threat model\n')) ?? ''
}

test('every spec that the threat model of SECURITY.md names is there', async () => {
  const rows = (await readThreatModel()).split('\n').filter((line) => /^\| [STRIDE] \|/.test(line))
  expect(rows.length).toBeGreaterThan(40)
  const shown = rows.map((row) => row.split(' | ').at(-1) ?? '')
  const paths = shown.flatMap((cell) => [...cell.matchAll(/`([\w./-]+)`/g)].map(([, path]) => path))
  expect(paths.length).toBeGreaterThan(30)
  expect(paths.filter((path) => !existsSync(resolve(SPEC, path ?? '')))).toEqual([])
})

test('every hole that the threat model names has a spec of that name', async () => {
  const holes = new Set((await readThreatModel()).match(/hole \d+/g))
  const files = [...new Glob('**/*.spec.ts').scanSync({ cwd: SPEC, absolute: true })]
  const all = (await Promise.all(files.map((file) => Bun.file(file).text()))).join('\n')
  expect([...holes].filter((hole) => !all.includes(`${hole}:`))).toEqual([])
})

test('a threat without a spec says that it is not defended', async () => {
  const rows = (await readThreatModel()).split('\n').filter((line) => /^\| [STRIDE] \|/.test(line))
  const bare = rows.filter((row) => /\| +\|$/.test(row) && !row.includes('not defended'))
  expect(bare).toEqual([])
})
