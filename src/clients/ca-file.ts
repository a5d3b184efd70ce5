import { checkCaPem } from '../trust/ca.ts'
import type { Report } from './report.ts'
import { watchFile } from './watched-file.ts'

/**
 * Watches a file of CA certificates and returns what gets their PEM. Throws an `Error` if it cannot
 * be used at first; later the last good content stays, and `report` hears of it.
 */
export function watchCaFile(file: string, report: Report): () => string {
  return watchFile({ what: 'certFile', files: [file], parse: checkCaPem, report })
}
