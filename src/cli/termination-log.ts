import { statSync, writeFileSync } from 'node:fs'

/** Where Kubernetes looks for it unless a container says otherwise. */
const DEFAULT_FILE = '/dev/termination-log'

/** The kubelet reads so many bytes of it. */
const MAX_BYTES = 4096

/**
 * Writes why the program ends to where Kubernetes shows it: the file that was named, or the usual one
 * where it is there. A program that is ending has nobody to tell that this failed.
 */
export function writeTerminationLog(file: string | undefined, reason: string): void {
  if (file === undefined && !isFile(DEFAULT_FILE)) return
  try {
    const bytes = Buffer.from(`${reason}\n`)
    writeFileSync(file ?? DEFAULT_FILE, bytes.subarray(0, MAX_BYTES))
  } catch {
    // stderr has the reason too.
  }
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile()
  } catch {
    return false
  }
}
