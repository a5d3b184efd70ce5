import { afterAll, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { provideTool } from '../e2e/tools/tool.ts'

const VARIABLES = ['CONNAISSEUR_E2E_TOOLS', 'XDG_CACHE_HOME'] as const
const before = VARIABLES.map((name) => [name, process.env[name]] as const)
const top = mkdtempSync(join(tmpdir(), 'connaisseur-spec-'))

beforeEach(() => {
  delete process.env['CONNAISSEUR_E2E_TOOLS']
  process.env['XDG_CACHE_HOME'] = mkdtempSync(join(top, 'cache-'))
})
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  rmSync(top, { recursive: true })
})

const cache = () => join(process.env['XDG_CACHE_HOME'] ?? '', 'connaisseur/tools')

function writeProgram(file: string): void {
  writeFileSync(file, '#!/bin/sh\n')
  chmodSync(file, 0o755)
}

/** A tool that counts how often it is built. */
function createTool() {
  const tool = {
    name: 'spec-tool',
    version: '1.2.3',
    builds: 0,
    build: async (folder: string) => {
      tool.builds++
      writeProgram(join(folder, 'spec-tool'))
    },
  }
  return tool
}

test('a tool is built once and kept, outside the repository, under its version', async () => {
  const tool = createTool()
  expect(await provideTool(tool)).toBe(join(cache(), 'spec-tool-1.2.3'))
  expect(await provideTool(tool)).toBe(join(cache(), 'spec-tool-1.2.3'))
  expect(tool.builds).toBe(1)
  expect(readdirSync(cache())).toEqual(['spec-tool-1.2.3'])
})

test('another version of it is another tool', async () => {
  await provideTool(createTool())
  const newer = { ...createTool(), version: '1.2.4' }
  expect(await provideTool(newer)).toBe(join(cache(), 'spec-tool-1.2.4'))
})

test('one in the folder that the environment names is taken as it is', async () => {
  const folder = mkdtempSync(join(top, 'given-'))
  writeProgram(join(folder, 'spec-tool'))
  process.env['CONNAISSEUR_E2E_TOOLS'] = folder
  const tool = createTool()
  expect(await provideTool(tool)).toBe(join(folder, 'spec-tool'))
  expect(tool.builds).toBe(0)
})

test('one on the PATH is taken if it has the version', async () => {
  const build = () => Promise.reject(new Error('no compiler'))
  const shell = { name: 'sh', version: '9', build }
  expect(await provideTool({ ...shell, hasVersion: async () => true })).toBe(Bun.which('sh') ?? '')
  await expect(provideTool({ ...shell, hasVersion: async () => false })).rejects.toThrow(
    /^sh 9 is missing and cannot be built: no compiler\. Put it into a folder/,
  )
  expect(readdirSync(cache())).toEqual([])
})
