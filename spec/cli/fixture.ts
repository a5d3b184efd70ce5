import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../src/cli/run.ts'
import { renderValidators } from '../support/validators.ts'

/** What a command printed, and how it ended. */
export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A folder that is removed at the end. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'connaisseur-spec-'))

  /** Writes a file and returns its path. */
  write(name: string, text: string | Uint8Array): string {
    const file = join(this.path, name)
    writeFileSync(file, text)
    return file
  }

  remove(): void {
    rmSync(this.path, { recursive: true })
  }
}

/** Runs a command in this process; what it throws is not caught. */
export async function runInside(...argv: readonly string[]): Promise<Outcome> {
  const written = { out: '', err: '' }
  const exitCode = await run(argv, {
    out: (text) => {
      written.out += text
    },
    err: (text) => {
      written.err += text
    },
    colours: false,
  })
  return { exitCode, stdout: written.out, stderr: written.err }
}

/** Starts the program as a process of its own. */
export function start(...argv: readonly string[]) {
  return startWith({}, ...argv)
}

/** Starts the program as a process of its own, with an environment. */
export function startWith(env: Readonly<Record<string, string>>, ...argv: readonly string[]) {
  const top = join(import.meta.dir, '../..')
  return Bun.spawn([process.execPath, 'src/main.ts', ...argv], {
    cwd: top,
    stdout: 'pipe',
    stderr: 'pipe',
    stdin: 'ignore',
    env: { ...env },
  })
}

/** Runs the program as a process of its own, to its end. */
export async function runProgram(...argv: readonly string[]): Promise<Outcome> {
  const program = start(...argv)
  const [stdout, stderr, exitCode] = await Promise.all([
    program.stdout.text(),
    program.stderr.text(),
    program.exited,
  ])
  return { exitCode, stdout, stderr }
}

/** Allows `ok/*`, denies `bad/*`, and asks a Notary where nobody listens for `down/*`. */
export function makeConfig(rootKeyPem: string, notary = 'http://127.0.0.1:1'): string {
  return `${renderValidators(notary, rootKeyPem)}policy:
  - pattern: "*:*"
  - pattern: "docker.io/ok/*:*"
    validator: allow
  - pattern: "docker.io/bad/*:*"
    validator: deny
`
}
