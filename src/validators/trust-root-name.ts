import { quote } from '../text/quote.ts'
import type { Report } from './settings-report.ts'

/** Reports a name of a trust root that is taken or that means every trust root; notes it. */
export function checkRootName(
  name: string,
  names: Set<string>,
  at: readonly string[],
  report: Report,
): void {
  if (name === '*') {
    report(at, 'a trust root is named "*", which means every trust root.', 'Write another name.')
  }
  if (names.has(name)) {
    report(
      at,
      `the validator has two trust roots named ${quote(name)}.`,
      'Write another name for one of them.',
    )
  }
  names.add(name)
}
