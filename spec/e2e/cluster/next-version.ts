import { cp, mkdir, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import manifest from '../../../package.json' with { type: 'json' }
import { runOrThrow } from '../support/process.ts'

const TOP = resolve(import.meta.dir, '../../..')

/** What the program calls itself that follows the one under test. */
export const NEXT_VERSION = `${manifest.version}-next`

/** Compiles the same source under the next version, and returns the path of the program. */
export async function compileNextVersion(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await cp(join(TOP, 'src'), join(folder, 'src'), { recursive: true })
  await symlink(join(TOP, 'node_modules'), join(folder, 'node_modules'))
  const next = { ...manifest, version: NEXT_VERSION }
  await Bun.write(join(folder, 'package.json'), JSON.stringify(next))
  const binary = join(folder, 'connaisseur')
  const compile = ['run', '--silent', 'compile', '--outfile', binary]
  await runOrThrow([process.execPath, ...compile], { folder })
  return binary
}
