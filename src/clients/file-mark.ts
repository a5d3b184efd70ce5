import { statSync } from 'node:fs'

/** A file or folder as it was found; its mark changes when what is there does. */
export interface Found {
  readonly file: string
  readonly size: number
  readonly mark: string
}

/**
 * Looks at a file or folder, following links: Kubernetes swaps links, which events miss. The folder
 * of a mounted ConfigMap or Secret changes whenever its content does. Undefined if it is missing.
 */
export function look(file: string): Found | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const { mtimeMs, ctimeMs, size, ino } = stats
  return { file, size, mark: [file, mtimeMs, ctimeMs, size, ino].join(' ') }
}
