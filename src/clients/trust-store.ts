import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { Report } from './report.ts'
import { describeFailure, temporaryName, UnusableFile } from './trust-store-files.ts'
import { forgetFolder, readForgottenAt } from './trust-store-forgotten.ts'
import { OnceReports } from './trust-store-reports.ts'
import {
  checkSize,
  findSound,
  hasFolders,
  makeFolders,
  pathOf,
  readBytes,
  readIndex,
  type StoredBytes,
  type StoredId,
  sweepFolder,
  writeBytes,
} from './trust-store-repository.ts'

const UNUSABLE = 'remembered trust data is not usable'
const UNSAVED = 'trust data cannot be remembered'

/**
 * Creates the folder that trust data is kept in, unless it is there, and tries to write into it.
 * Throws an `Error` that names it and why it cannot be used.
 */
export function prepareStateDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const probe = `${dir}/${temporaryName()}`
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (cause) {
    throw new Error(`${dir} cannot be used to keep state (${describeFailure(cause)})`, { cause })
  }
}

/**
 * Keeps trust data in a folder: for each repository and pin an index, and files that are named by
 * the SHA-256 of their bytes. The index is replaced at once and last, so that a process that dies at
 * any moment leaves the old or the new state. What is damaged or foreign is reported, counts as not
 * there, and is replaced by the next save. Processes may share the folder.
 */
export class FileTrustStore {
  readonly #dir: string
  readonly #reports: OnceReports
  readonly #now: () => number
  /** The last job of each repository that has some, by its path. */
  readonly #jobs = new Map<string, Promise<unknown>>()

  constructor(dir: string, report: Report, now: () => number = Date.now) {
    this.#dir = dir
    this.#reports = new OnceReports(report)
    this.#now = now
  }

  /** Loads all that was saved last; nothing where any of it is not usable. Never rejects. */
  load(id: StoredId): Promise<StoredBytes | undefined> {
    const folder = this.#folderOf(id)
    return this.#inOrder(id, () =>
      this.#reporting(id, UNUSABLE, folder, async () => {
        const index = await readIndex(this.#dir, id)
        return index && (await readBytes(folder, index))
      }),
    )
  }

  /** Replaces the roots and the roles that are given; the others stay. Never rejects. */
  save(id: StoredId, data: StoredBytes): Promise<void> {
    const copy = { roots: [...data.roots], roles: new Map(data.roles) }
    const folder = this.#folderOf(id)
    return this.#inOrder(id, () =>
      this.#reporting(id, UNSAVED, folder, () => this.#save(folder, id, copy)),
    )
  }

  /** When the repository was forgotten last, in milliseconds since 1970. Never rejects. */
  forgottenAt(server: string, gun: string): Promise<number | undefined> {
    const path = pathOf(server, gun)
    const folder = `${this.#dir}/${path}`
    return this.#reporting({ server, gun }, UNUSABLE, folder, async () => {
      if (!(await hasFolders(this.#dir, path))) return undefined
      return await readForgottenAt(folder, server, gun, this.#now())
    })
  }

  /**
   * Forgets a repository under all its pins, and when, for the processes that remember it still.
   * Tells whether anything was kept of it. Rejects with an `Error` where the folder is not usable.
   */
  forget(server: string, gun: string): Promise<boolean> {
    const path = pathOf(server, gun)
    return this.#inOrder({ server, gun }, async () => {
      try {
        await makeFolders(this.#dir, path)
        return await forgetFolder(`${this.#dir}/${path}`, server, gun, this.#now())
      } catch (cause) {
        const reason = describeFailure(cause)
        throw new Error(`${gun} of ${server} cannot be forgotten (${reason})`, { cause })
      }
    })
  }

  async #save(folder: string, id: StoredId, data: StoredBytes): Promise<void> {
    checkSize(data)
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    const before = await this.#reporting(id, UNUSABLE, folder, () => readIndex(this.#dir, id))
    await makeFolders(this.#dir, pathOf(id.server, id.gun, id.pin))
    const staying = before?.roles.filter(({ role }) => !data.roles.has(role)) ?? []
    const { sound, unusable } = await findSound(folder, staying)
    for (const error of unusable) this.#tell(id, UNUSABLE, folder, error)
    const index = await writeBytes(folder, id, data, sound)
    this.#reports.clear(pathOf(id.server, id.gun))
    await sweepFolder(folder, index, before, new Date(this.#now()))
  }

  /** Does the jobs of one repository one after another. */
  async #inOrder<Result>(
    { server, gun }: Omit<StoredId, 'pin'>,
    job: () => Promise<Result>,
  ): Promise<Result> {
    const path = pathOf(server, gun)
    const before = this.#jobs.get(path)
    const result = before === undefined ? job() : before.then(job, job)
    this.#jobs.set(path, result)
    try {
      return await result
    } finally {
      if (this.#jobs.get(path) === result) this.#jobs.delete(path)
    }
  }

  /** Catches broadly: what was remembered is a gain, never a reason to fail. */
  async #reporting<Result>(
    id: Omit<StoredId, 'pin'>,
    message: string,
    folder: string,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await work()
    } catch (error) {
      this.#tell(id, message, folder, error)
      return undefined
    }
  }

  #tell({ server, gun }: Omit<StoredId, 'pin'>, message: string, folder: string, error: unknown) {
    const file = error instanceof UnusableFile ? error.file : folder
    const fields = { server, gun, file, problem: describeFailure(error) }
    this.#reports.tell(pathOf(server, gun), message, fields)
  }

  #folderOf({ server, gun, pin }: StoredId): string {
    return `${this.#dir}/${pathOf(server, gun, pin)}`
  }
}
