import { readdir, rename, rm } from 'node:fs/promises'
import {
  isTemporary,
  readCapped,
  syncFolder,
  temporaryName,
  UnusableFile,
  writeWhole,
} from './trust-store-files.ts'
import { parseMarker, renderRecord } from './trust-store-index.ts'

const MARKER_NAME = 'forgotten.json'

const MAX_MARKER_BYTES = 64 * 1024

/** Reads when a repository was forgotten, in milliseconds since 1970. Throws an `UnusableFile`. */
export async function readForgottenAt(
  folder: string,
  server: string,
  gun: string,
  now: number,
): Promise<number | undefined> {
  const file = `${folder}/${MARKER_NAME}`
  const bytes = await readCapped(file, MAX_MARKER_BYTES)
  if (bytes === undefined) return undefined
  const marker = parse(file, bytes)
  if (marker.server !== server || marker.gun !== gun) {
    throw new UnusableFile(file, 'it is of another repository')
  }
  // It would have every rollback until then taken for forgotten.
  if (marker.forgottenAt > now) throw new UnusableFile(file, 'its time is yet to come')
  return marker.forgottenAt
}

/**
 * Removes what is kept under any pin from the folder of a repository, and leaves the marker, first:
 * whoever still remembers has to hear of it. Tells whether anything was kept.
 */
export async function forgetFolder(
  folder: string,
  server: string,
  gun: string,
  forgottenAt: number,
): Promise<boolean> {
  await writeWhole(folder, MARKER_NAME, renderRecord({ format: 1, server, gun, forgottenAt }))
  const names = (await readdir(folder)).filter((name) => name !== MARKER_NAME)
  for (const name of names) {
    // At once, so that nobody finds a part of it or saves into it.
    const gone = `${folder}/${temporaryName()}`
    await rename(`${folder}/${name}`, gone)
    await rm(gone, { recursive: true })
  }
  await syncFolder(folder)
  return names.some((name) => !isTemporary(name))
}

function parse(file: string, bytes: Uint8Array) {
  try {
    return parseMarker(bytes)
  } catch (error) {
    if (error instanceof SyntaxError) throw new UnusableFile(file, error.message, { cause: error })
    throw error
  }
}
