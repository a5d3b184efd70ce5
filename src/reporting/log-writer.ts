/** Lines waiting for a reader that does not read, in characters; what is more is dropped. */
const MAX_PENDING_CHARACTERS = 1024 * 1024

/** How long lines are gathered before they are written, in milliseconds: one write for many. */
const GATHER_MS = 20

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

  /** Resolves when all lines taken so far are written, or after this many milliseconds. */
  async flush(timeoutMs: number): Promise<void> {
    await Promise.race([this.#writing, Bun.sleep(timeoutMs)])
  }

  async #drain(): Promise<void> {
    await Bun.sleep(GATHER_MS)
    while (this.#pending !== '') {
      const lines = this.#pending
      const dropped = this.#dropped
      this.#pending = ''
      this.#dropped = 0
      if (!(await this.#tryWrite(lines + renderDropped(dropped)))) {
        this.#dropped += dropped + lines.split('\n').length - 1
      }
    }
    this.#writing = undefined
  }

  async #tryWrite(text: string): Promise<boolean> {
    try {
      await this.#write(text)
      return true
    } catch {
      return false
    }
  }
}

function renderDropped(lines: number): string {
  if (lines === 0) return ''
  return `${JSON.stringify({ level: 'warn', message: 'log lines dropped', lines })}\n`
}
