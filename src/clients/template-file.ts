import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Larger than any payload that a receiver takes, in bytes. */
const MAX_BYTES = 256 * 1024

/** A file with the template of an alert. */
export interface TemplateFile {
  readonly file: string
  readonly text: string
}

/** Where the template of a plain name is. */
export function toTemplateFile(folder: string, name: string): string {
  return join(folder, `${name}.json`)
}

/**
 * Reads `<folder>/<name>.json`, where `name` is a plain name; nothing where there is none. Throws an
 * `Error` that names the file if it cannot be read.
 */
export function readTemplateFile(folder: string, name: string): TemplateFile | undefined {
  const file = toTemplateFile(folder, name)
  try {
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    if (stats.size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`)
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const why = code ?? (cause instanceof Error ? cause.message : 'unknown failure')
    throw new Error(`the alert template ${file} cannot be read (${why})`, { cause })
  }
}
