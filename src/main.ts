import { writeSync } from 'node:fs'
import { EXIT, type Terminal, UsageError } from './cli/command.ts'
import { escapeLines } from './cli/output.ts'
import { run } from './cli/run.ts'

const terminal: Terminal = {
  out: (text) => writeAll(process.stdout.fd, text),
  err: (text) => writeAll(process.stderr.fd, text),
  colours: process.stdout.isTTY === true && !process.env['NO_COLOR'],
}

async function main(): Promise<number> {
  try {
    return await run(process.argv.slice(2), terminal)
  } catch (error) {
    const expected = error instanceof UsageError
    const words = expected ? error.message : `unexpected failure: ${Bun.inspect(error)}`
    terminal.err(`${escapeLines(words)}\n`)
    return EXIT.misused
  }
}

/** A pipe takes 64 KiB at a time, and nothing while its reader is busy. */
function writeAll(fd: number, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    rest = rest.subarray(tryWrite(fd, rest))
  }
}

function tryWrite(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EPIPE') process.exit(EXIT.misused)
    if (code !== 'EAGAIN') throw error
    Bun.sleepSync(1)
    return 0
  }
}

process.exit(await main())
