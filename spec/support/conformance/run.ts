import { runSuite } from './suite.ts'

/** `make conformance SUITE=DIR`: prints what failed and the counts; exit code 1 if anything failed. */
const [directory] = process.argv.slice(2)
if (directory === undefined || directory === '') {
  process.stderr.write('usage: make conformance SUITE=DIR (a checkout of sigstore-conformance)\n')
  process.exit(2)
}
const results = await runSuite(directory, new Date())
const failed = results.filter(({ passed }) => !passed)
for (const { name, outcome } of failed) process.stdout.write(`failed ${name}: ${outcome}\n`)
process.stdout.write(`${results.length - failed.length} passed, ${failed.length} failed\n`)
process.exitCode = failed.length === 0 && results.length > 0 ? 0 : 1
