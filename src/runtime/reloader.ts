import { look } from '../clients/file-mark.ts'
import type { Log } from '../reporting/log.ts'
import type { Reloaded, RuntimeListener } from './listener.ts'

/**
 * How many looks pass between two attempts with what could not be used: its cause may lie in another
 * file, which comes a little later.
 */
const RETRY_LOOKS = 10

/** What is read again, and from where. */
export interface ReloaderOptions {
  readonly what: Reloaded
  /** Tells the files, and folders whose content counts: they may be others after a reload. */
  readonly files: () => readonly string[]
  /**
   * Reads everything and takes it over; tells whether it is another than before. Throws an `Error`
   * whose words are for the operator, and then all is as it was.
   */
  readonly load: () => boolean | Promise<boolean>
  readonly log: Log
  readonly tell: NonNullable<RuntimeListener['reload']>
}

/**
 * Reads files again when they change. A file may be seen half written, so a change counts when it
 * has stayed the same from one look to the next. What cannot be used is logged and counted once,
 * and tried again; what was there before stays.
 */
export class Reloader {
  readonly #options: ReloaderOptions
  #mark: string
  #isPending = false
  #problem: string | undefined
  #looksUntilRetry = 0

  constructor(options: ReloaderOptions) {
    this.#options = options
    this.#mark = markOf(options.files())
  }

  /** Why what is in the files is not what is in use; undefined if it is. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Looks once. Nobody looks again before it has resolved. */
  async look(): Promise<void> {
    const mark = markOf(this.#options.files())
    if (mark !== this.#mark) {
      this.#mark = mark
      this.#isPending = true
      return
    }
    if (this.#isPending) return this.#load()
    if (this.#problem !== undefined && --this.#looksUntilRetry <= 0) return this.#load()
  }

  async #load(): Promise<void> {
    const { what, files, load, log, tell } = this.#options
    const isChange = this.#isPending
    this.#isPending = false
    try {
      const hasChanged = await load()
      if (!hasChanged && this.#problem === undefined) return
      this.#problem = undefined
      log('info', `${what} was read again`, { files: files() })
      tell(what, 'ok')
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      const isKnown = !isChange && problem === this.#problem
      this.#problem = problem
      this.#looksUntilRetry = RETRY_LOOKS
      if (isKnown) return
      log('error', `changed ${what} cannot be used, the one before stays`, { problem })
      tell(what, 'failed')
    }
  }
}

function markOf(files: readonly string[]): string {
  return files.map(markOfOne).join('\n')
}

/** What cannot be looked at is a problem to be told of when it is read. */
function markOfOne(file: string): string {
  try {
    return look(file)?.mark ?? `${file} missing`
  } catch {
    return `${file} unreadable`
  }
}
