import { parseCommandLine } from './command-line.ts'
import { verifyBundle } from './verify-bundle.ts'

/** The program that the conformance suite starts: exit code 0, or 1 and the reason on stderr. */
try {
  await verifyBundle(parseCommandLine(process.argv.slice(2)), new Date())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
