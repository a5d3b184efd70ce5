import {
  hashOf,
  MAX_CONTENT_BYTES,
  readContent,
  sweepContent,
  writeContent,
} from './trust-store-content.ts'
import {
  hasFolder,
  makeFolder,
  readCapped,
  syncFolder,
  UnusableFile,
  writeWhole,
} from './trust-store-files.ts'
import {
  describeExcess,
  MAX_INDEX_BYTES,
  parseIndex,
  renderRecord,
  type TrustIndex,
} from './trust-store-index.ts'

const INDEX_NAME = 'index.json'

/** What is kept apart, as `RepositoryId` of the port has it. */
export interface StoredId {
  readonly server: string
  readonly gun: string
  readonly pin: string
}

/** What is kept of it, as `StoredTrustData` of the port has it. */
export interface StoredBytes {
  readonly roots: readonly Uint8Array[]
  readonly roles: ReadonlyMap<string, Uint8Array>
}

/** Reads the index; nothing where there is none. Throws an `UnusableFile`. */
export async function readIndex(top: string, id: StoredId): Promise<TrustIndex | undefined> {
  const path = pathOf(id.server, id.gun, id.pin)
  if (!(await hasFolders(top, path))) return undefined
  const file = `${top}/${path}/${INDEX_NAME}`
  const bytes = await readCapped(file, MAX_INDEX_BYTES)
  if (bytes === undefined) return undefined
  try {
    const index = parseIndex(bytes)
    if (index.server === id.server && index.gun === id.gun && index.pin === id.pin) return index
  } catch (error) {
    if (error instanceof SyntaxError) throw new UnusableFile(file, error.message, { cause: error })
    throw error
  }
  throw new UnusableFile(file, 'it is of another repository or pin')
}

/** Reads all that an index names. Throws an `UnusableFile`. */
export async function readBytes(folder: string, index: TrustIndex): Promise<StoredBytes> {
  const roots: Uint8Array[] = []
  for (const sha256 of index.roots) roots.push(await readContent(folder, sha256))
  const roles = new Map<string, Uint8Array>()
  for (const { role, sha256 } of index.roles) roles.set(role, await readContent(folder, sha256))
  return { roots, roles }
}

/** Lists the roles of an index whose files are sound, and what is wrong with the others. */
export async function findSound(
  folder: string,
  roles: TrustIndex['roles'],
): Promise<{ readonly sound: TrustIndex['roles']; readonly unusable: readonly UnusableFile[] }> {
  const sound: TrustIndex['roles'] = []
  const unusable: UnusableFile[] = []
  for (const each of roles) {
    try {
      await readContent(folder, each.sha256)
      sound.push(each)
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error
      unusable.push(error)
    }
  }
  return { sound, unusable }
}

/** Throws a `RangeError` for what could not be read again. */
export function checkSize({ roots, roles }: StoredBytes): void {
  if (roots.length === 0) throw new RangeError('there is no root')
  const excess = describeExcess(roots.length, roles.size)
  if (excess !== undefined) throw new RangeError(excess)
  const longest = Math.max(...[...roots, ...roles.values()].map(({ length }) => length))
  if (longest <= MAX_CONTENT_BYTES) return
  throw new RangeError(`a file of ${longest} bytes is larger than ${MAX_CONTENT_BYTES}`)
}

/** Tells whether a folder is there. Throws an `UnusableFile` where anything else is in its way. */
export async function hasFolders(top: string, path: string): Promise<boolean> {
  let folder = top
  for (const name of path.split('/')) {
    folder = `${folder}/${name}`
    if (!(await hasFolder(folder))) return false
  }
  return true
}

/** Makes a folder, level by level, below the folder of all that is kept. */
export async function makeFolders(top: string, path: string): Promise<void> {
  let parent = top
  for (const name of path.split('/')) {
    await makeFolder(parent, name)
    parent = `${parent}/${name}`
  }
}

/** Writes an index and, before it, what it names; until the index is in its place nothing changes. */
export async function writeBytes(
  folder: string,
  id: StoredId,
  { roots, roles }: StoredBytes,
  carried: TrustIndex['roles'],
): Promise<TrustIndex> {
  const index: TrustIndex = { format: 1, ...id, roots: [], roles: [] }
  for (const bytes of roots) index.roots.push(await writeContent(folder, bytes))
  for (const [role, bytes] of roles) {
    index.roles.push({ role, sha256: await writeContent(folder, bytes) })
  }
  for (const each of carried) {
    if (describeExcess(0, index.roles.length + 1) === undefined) index.roles.push(each)
  }
  await syncFolder(folder)
  await writeWhole(folder, INDEX_NAME, renderRecord(index))
  await syncFolder(folder)
  return index
}

/** Removes what only the index before named. */
export async function sweepFolder(
  folder: string,
  index: TrustIndex,
  before: TrustIndex | undefined,
  now: Date,
): Promise<void> {
  const old = before === undefined ? [] : hashesOf(before)
  await sweepContent(folder, new Set(hashesOf(index)), old, now)
}

/** Where a repository is kept, from the folder of all that is kept. No name becomes a path. */
export function pathOf(server: string, gun: string, pin?: string): string {
  const repository = `notary-v1/${hashOf(`${server}\n${gun}`)}`
  return pin === undefined ? repository : `${repository}/${hashOf(pin)}`
}

function hashesOf({ roots, roles }: TrustIndex): readonly string[] {
  return [...roots, ...roles.map(({ sha256 }) => sha256)]
}
