import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runOrThrow } from '../support/process.ts'
import { cacheFolder } from '../tools/tool.ts'

/** What distroless `base` holds of Debian, as far as the program needs it. */
const PACKAGES = ['libc6', 'ca-certificates', 'tzdata']

/** Puts the root file system of an image together: Debian's packages, and the program. */
export async function createRootFilesystem(folder: string, binary: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const surroundings = { folder: dirname(folder) }
  await runOrThrow(['cp', '--archive', await provideBase(), folder], surroundings)
  await runOrThrow(['cp', binary, join(folder, 'connaisseur')], surroundings)
}

/** Unpacks the packages once for all runs. */
async function provideBase(): Promise<string> {
  const base = join(cacheFolder(), '..', 'root-filesystem')
  if (await exists(base)) return base
  await mkdir(dirname(base), { recursive: true })
  const folder = await mkdtemp(`${base}-`)
  try {
    await runOrThrow(['apt-get', 'download', ...PACKAGES], { folder })
    for (const file of new Bun.Glob('*.deb').scanSync({ cwd: folder })) {
      await runOrThrow(['dpkg', '-x', file, 'root'], { folder })
    }
    if (!(await exists(join(folder, 'root', 'lib64')))) {
      await runOrThrow(['ln', '-s', 'usr/lib64', join(folder, 'root', 'lib64')], { folder })
    }
    await rename(join(folder, 'root'), base)
    return base
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
