import { runOrThrow } from '../support/process.ts'

/** Runs a system program that has to succeed; blanks divide its arguments. */
export async function runCommand(line: string): Promise<string> {
  return runOrThrow(line.split(' '), { folder: '/' })
}
