import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises'

/** Only the user that the program runs as may read or change what is kept. */
const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/** A link could lead anywhere, and opening a pipe would wait for its writer. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** A file or folder that is there and cannot be used; the message says why. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile'
  readonly file: string

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(problem, options)
    this.file = file
  }
}

/** Reads a regular file of at most `maxBytes`; nothing where none is. Throws an `UnusableFile`. */
export async function readCapped(file: string, maxBytes: number): Promise<Buffer | undefined> {
  try {
    const handle = await open(file, READ_FLAGS)
    try {
      return await readAll(file, handle, maxBytes)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof UnusableFile) throw error
    if (codeOf(error) === 'ENOENT') return undefined
    throw new UnusableFile(file, `it cannot be read (${describeFailure(error)})`, { cause: error })
  }
}

async function readAll(file: string, handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const stats = await handle.stat()
  if (!stats.isFile()) throw new UnusableFile(file, 'it is not a regular file')
  if (stats.size > maxBytes) {
    throw new UnusableFile(file, `it has ${stats.size} bytes, more than ${maxBytes}`)
  }
  const bytes = Buffer.alloc(stats.size)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length)
    if (bytesRead === 0) throw new UnusableFile(file, 'it shrank while it was read')
    length += bytesRead
  }
  return bytes
}

/**
 * Puts a file in the place of whatever has its name, whole or not at all; `syncFolder` makes that
 * last. Rejects with the error of the file system.
 */
export async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${folder}/${temporaryName()}`
  try {
    const handle = await open(temporary, 'wx', FILE_MODE)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await clearNonFile(`${folder}/${name}`)
    await rename(temporary, `${folder}/${name}`)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** A name that `isTemporary`, for what is not yet, or no longer, in its place. */
export function temporaryName(): string {
  return `.${crypto.randomUUID()}.tmp`
}

/** Tells a name that a process may have left when it was killed. */
export function isTemporary(name: string): boolean {
  return /^\.[0-9a-f-]{36}\.tmp$/.test(name)
}

/** Makes what was put into a folder, or removed from it, outlive a crash of the machine. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a folder within one that is there, in the place of whatever else has its name. */
export async function makeFolder(parent: string, name: string): Promise<void> {
  const folder = `${parent}/${name}`
  const stats = await statOf(folder)
  if (stats?.isDirectory()) return
  if (stats !== undefined) await rm(folder, { force: true })
  await mkdir(folder, { mode: FOLDER_MODE, recursive: true })
  await syncFolder(parent)
}

/** Tells whether a folder is there. Throws an `UnusableFile` for anything else of that name. */
export async function hasFolder(folder: string): Promise<boolean> {
  const stats = await statOf(folder)
  if (stats === undefined || stats.isDirectory()) return stats !== undefined
  throw new UnusableFile(folder, 'it is not a folder')
}

/** Says why a file could not be used: the system's code, such as `ENOSPC`, where it has one. */
export function describeFailure(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error))
}

/** A file cannot be renamed over a folder. */
async function clearNonFile(path: string): Promise<void> {
  const stats = await statOf(path)
  if (stats?.isDirectory()) await rm(path, { recursive: true, force: true })
}

/** What is at a path, links not followed. */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
