import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow, type Surroundings } from '../support/process.ts'

/** buildah, with images and containers in a folder of its own. */
export interface Buildah {
  readonly surroundings: Surroundings
  readonly run: (...args: readonly string[]) => Promise<string>
  /** Makes an image of a folder. */
  readonly commit: (
    folder: string,
    name: string,
    env?: Readonly<Record<string, string>>,
  ) => Promise<void>
  /** The root file system of an image, to look at and to run. */
  readonly mount: (name: string) => Promise<string>
}

/** Sets buildah up in a folder; needs root, and nothing else of a container engine. */
export async function openBuildah(folder: string): Promise<Buildah> {
  await mkdir(folder, { recursive: true })
  const configuration = join(folder, 'storage.conf')
  const [graphroot, runroot] = [join(folder, 'images'), join(folder, 'run')]
  await Bun.write(
    configuration,
    `[storage]\ndriver = "vfs"\ngraphroot = "${graphroot}"\nrunroot = "${runroot}"\n`,
  )
  const env = {
    CONTAINERS_STORAGE_CONF: configuration,
    BUILDAH_ISOLATION: 'chroot',
    TMPDIR: folder,
  }
  const surroundings = { folder, env }
  const run = (...args: readonly string[]) => runOrThrow(['buildah', ...args], surroundings)
  return {
    surroundings,
    run,
    async commit(root, name, variables = {}) {
      const container = (await run('from', 'scratch')).trim()
      await run('copy', '--quiet', container, root, '/')
      const settings = Object.entries(variables).flatMap(([key, value]) => [
        '--env',
        `${key}=${value}`,
      ])
      if (settings.length > 0) await run('config', ...settings, container)
      await run('commit', '--quiet', '--rm', container, name)
    },
    async mount(name) {
      const container = (await run('from', '--pull-never', name)).trim()
      return (await run('mount', container)).trim()
    },
  }
}
