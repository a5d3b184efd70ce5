/** Lines waiting for a reader that does not read, in characters; what is more is dropped. */
const MAX_PENDING_CHARACTERS = 1024 * 1024

/** Takes text and resolves once it is written. */
export type Write = (text: string) => Promise<unknown>

/**
 * Gathers log lines and writes them behind the requests' back: a slow or dead reader of the log
 * costs lines, never an answer. The number of lost lines is written as soon as it can be.
 */
export class LogWriter {
  readonly #write: Write
  #pending = ''
  #dropped = 0
  #writing: Promise<void> | undefined

  constructor(write: Write) {
    this.#write = write
  }

  /** Takes one line with its line feed. */
  readonly append = (line: string): void => {
    if (this.#pending.length + line.length > MAX_PENDING_CHARACTERS) {
      this.#dropped++
      return
    }
    this.#pending += line
    this.#writing ??= this.#drain()
  }

  /** Resolves when all lines taken so far are written. */
  async flush(): Promise<void> {
    await this.#writing
  }

  async #drain(): Promise<void> {
    await Bun.sleep(0)
    while (this.#pending !== '') {
      const text = this.#pending + this.#renderDropped()
      this.#pending = ''
      this.#dropped = 0
      await this.#write(text).catch(() => undefined)
    }
    this.#writing = undefined
  }

  #renderDropped(): string {
    if (this.#dropped === 0) return ''
    return `${JSON.stringify({ level: 'warn', message: 'log lines dropped', lines: this.#dropped })}\n`
  }
}
