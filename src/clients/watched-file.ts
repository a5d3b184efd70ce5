import { readFileSync } from 'node:fs'
import { type Found, look } from './file-mark.ts'
import type { Report } from './report.ts'

/** How long a look at the file counts, in milliseconds. */
const LOOK_EVERY_MS = 1000

/** More than any CA bundle or secret has. */
const MAX_BYTES = 1024 * 1024

/** A file to be read again whenever it changes. */
export interface WatchedFileOptions<Value> {
  /** What to call it in messages. */
  readonly what: string
  /** Absolute or relative paths; the first one that exists is read. */
  readonly files: readonly string[]
  /** Throws an `Error` whose message says what is wrong, without quoting the text. */
  readonly parse: (text: string, file: string) => Value
  readonly report: Report
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/**
 * Watches a file by looking at it when its value is needed, at most once a second: Kubernetes swaps
 * links, which events miss. Returns what gets the value. A new content that cannot be used is
 * reported once, and the last good one stays. Throws an `Error` if the first one cannot be used.
 */
export function watchFile<Value>(options: WatchedFileOptions<Value>): () => Value {
  const { what, files, report, now = () => performance.now() } = options
  let lookedAt = now()
  let seen = lookAtFirst(files)
  let value = read(options, seen)
  return () => {
    if (now() - lookedAt < LOOK_EVERY_MS) return value
    lookedAt = now()
    const found = lookAtFirst(files)
    if (found.mark === seen.mark) return value
    seen = found
    try {
      value = read(options, found)
      report('file was read again', { what, file: found.file })
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      report('changed file cannot be used, its last good content counts', { what, problem })
    }
    return value
  }
}

function lookAtFirst(files: readonly string[]): Found {
  for (const file of files) {
    const found = look(file)
    if (found !== undefined) return found
  }
  return { file: files[0] ?? '', size: 0, mark: 'missing' }
}

function read<Value>({ what, files, parse }: WatchedFileOptions<Value>, found: Found): Value {
  const { file, size, mark } = found
  if (mark === 'missing') throw new Error(`${what}: there is no file ${files.join(' nor ')}`)
  if (size > MAX_BYTES) throw new Error(`${what}: ${file} has more than ${MAX_BYTES} bytes`)
  const text = readText(what, file)
  try {
    return parse(text, file)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${what}: ${file} cannot be used: ${problem}`, { cause })
  }
}

function readText(what: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'unknown failure'
    throw new Error(`${what}: ${file} cannot be read (${code})`, { cause })
  }
}
