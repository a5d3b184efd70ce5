import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BINARY } from '../support/binary.ts'
import { compileNextVersion } from './next-version.ts'
import type { Image } from './node/image-store.ts'
import { type ClusterPrograms, provideClusterPrograms } from './programs.ts'
import { createRootFilesystem } from './root-filesystem.ts'

/** The name of the file that tells `run.ts` what was prepared. */
export const PREPARED = 'prepared.json'

/** What a cluster needs and cannot fetch itself: its network leads nowhere. */
export interface PreparedCluster {
  readonly programs: ClusterPrograms
  /** The program under test. */
  readonly image: Image
  /** The one that it is upgraded to. */
  readonly nextImage: Image
}

/** Finds, builds and unpacks all of it. Throws an error that says how to provide what is missing. */
export async function prepareCluster(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const programs = await provideClusterPrograms()
  const next = await compileNextVersion(join(folder, 'next-version'))
  const prepared: PreparedCluster = {
    programs,
    image: await createImage(join(folder, 'images', 'connaisseur'), BINARY),
    nextImage: await createImage(join(folder, 'images', 'next'), next),
  }
  await Bun.write(join(folder, PREPARED), JSON.stringify(prepared))
}

async function createImage(folder: string, binary: string): Promise<Image> {
  await createRootFilesystem(folder, binary)
  return { folder, entrypoint: ['/connaisseur'] }
}
