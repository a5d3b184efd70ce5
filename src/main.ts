import { writeSync } from 'node:fs'
import { EXIT, type Terminal, UsageError } from './cli/command.ts'
import { run } from './cli/run.ts'

const terminal: Terminal = {
  out: (text) => void writeSync(process.stdout.fd, text),
  err: (text) => void writeSync(process.stderr.fd, text),
  colours: process.stdout.isTTY === true && !process.env['NO_COLOR'],
}

async function main(): Promise<number> {
  try {
    return await run(process.argv.slice(2), terminal)
  } catch (error) {
    const expected = error instanceof UsageError
    terminal.err(expected ? `${error.message}\n` : `unexpected failure: ${Bun.inspect(error)}\n`)
    return EXIT.misused
  }
}

process.exit(await main())
