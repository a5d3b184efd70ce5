import { checkCaPem } from '../trust/ca.ts'
import { type HashedFile, watchHashedFile } from './hashed-file.ts'
import type { Report } from './report.ts'

/**
 * Watches a file of CA certificates, which is read as their PEM. Throws an `Error` if it cannot be
 * used at first; later the last good content stays, and `report` hears of it.
 */
export function watchCaFile(file: string, report: Report): HashedFile<string> {
  return watchHashedFile({ what: 'certFile', files: [file], parse: checkCaPem, report })
}
