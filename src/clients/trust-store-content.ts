import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { isTemporary, readCapped, UnusableFile, writeWhole } from './trust-store-files.ts'

/** Twice what the largest metadata that is ever fetched has. */
export const MAX_CONTENT_BYTES = 64 * 1024 * 1024

/**
 * How long a file stays that no index names, in milliseconds: another process may be about to name
 * it, or be reading by the index before.
 */
const GRACE_MS = 10_000

/** Hex SHA-256, which is the name of a file by its content. */
export function hashOf(bytes: Uint8Array | string): string {
  return new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
}

/** Reads a file of a folder by its hash. Throws an `UnusableFile` unless its bytes have it. */
export async function readContent(folder: string, sha256: string): Promise<Uint8Array> {
  const file = `${folder}/${fileNameOf(sha256)}`
  const bytes = await readCapped(file, MAX_CONTENT_BYTES)
  if (bytes === undefined) throw new UnusableFile(file, 'it is missing')
  if (hashOf(bytes) !== sha256) throw new UnusableFile(file, 'its bytes are not those of its name')
  return bytes
}

/** Writes a file by its hash, unless it is there and sound, and returns the hash. */
export async function writeContent(folder: string, bytes: Uint8Array): Promise<string> {
  const sha256 = hashOf(bytes)
  if (await isSound(folder, sha256)) await touch(folder, sha256, new Date())
  else await writeWhole(folder, fileNameOf(sha256), bytes)
  return sha256
}

async function isSound(folder: string, sha256: string): Promise<boolean> {
  try {
    await readContent(folder, sha256)
    return true
  } catch (error) {
    if (error instanceof UnusableFile) return false
    throw error
  }
}

/**
 * Removes the files of a folder that are not among the hashes and that nobody can be about to use.
 * The grace of those that were in use until now begins now.
 */
export async function sweepContent(
  folder: string,
  used: ReadonlySet<string>,
  before: Iterable<string>,
  now: Date,
): Promise<void> {
  for (const sha256 of before) if (!used.has(sha256)) await touch(folder, sha256, now)
  const keep = new Set([...used].map(fileNameOf))
  for (const name of await readdir(folder)) {
    const isOurs = isTemporary(name) || /^[0-9a-f]{64}\.json$/.test(name)
    if (!isOurs || keep.has(name)) continue
    const isOld = await isOlderThan(`${folder}/${name}`, now.getTime() - GRACE_MS)
    if (isOld) await rm(`${folder}/${name}`, { recursive: true, force: true })
  }
}

function fileNameOf(sha256: string): string {
  return `${sha256}.json`
}

/** Sets when a file was used last; another process may have removed it. */
async function touch(folder: string, sha256: string, now: Date): Promise<void> {
  await unlessMissing(utimes(`${folder}/${fileNameOf(sha256)}`, now, now))
}

async function isOlderThan(file: string, timeMs: number): Promise<boolean> {
  const stats = await unlessMissing(stat(file))
  return stats !== undefined && stats.mtimeMs < timeMs
}

async function unlessMissing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
