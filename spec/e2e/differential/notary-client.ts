import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** It waits for ever on some input. */
const PATIENCE_MS = 20_000

/** What the real notary client makes of a repository. */
export type NotaryVerdict =
  | { readonly accepted: true; readonly signed: ReadonlyMap<string, string> }
  | { readonly accepted: false; readonly reason: string }

/** What it is asked. */
export interface NotaryQuestion {
  readonly url: string
  readonly gun: string
  readonly tag: string
  /** The key id of the pinned root key. */
  readonly pin: string
  readonly roles: readonly string[]
}

/**
 * Asks the notary client, with an empty trust folder and the root key pinned, which digests the
 * roles sign for a tag. Resolves to the digest for each role that signs one. Each role is asked for
 * on its own: the client lists a tag once, whoever else signs it.
 */
export async function askNotary(
  folder: string,
  { url, gun, tag, pin, roles }: NotaryQuestion,
): Promise<NotaryVerdict> {
  await mkdir(folder, { recursive: true })
  const own = await mkdtemp(join(folder, 'client-'))
  const config = join(own, 'config.json')
  await Bun.write(
    config,
    JSON.stringify({
      trust_dir: join(own, 'trust'),
      remote_server: { url },
      trust_pinning: { certs: { [gun]: [pin] }, disable_tofu: true },
    }),
  )
  const signed = new Map<string, string>()
  try {
    for (const role of roles) {
      const answer = await list(own, ['notary', '-c', config, 'list', gun, '-r', role])
      if ('reason' in answer) return { accepted: false, reason: answer.reason }
      const digest = findDigest(answer.stdout, tag, role)
      if (digest !== undefined) signed.set(role, digest)
    }
  } finally {
    await rm(own, { recursive: true })
  }
  return { accepted: true, signed }
}

async function list(
  own: string,
  command: readonly string[],
): Promise<{ readonly stdout: string } | { readonly reason: string }> {
  const child = Bun.spawn([...command], {
    cwd: own,
    env: { PATH: process.env['PATH'] ?? '', HOME: own },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
  })
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  const exitCode = await child.exited
  return exitCode === 0 ? { stdout } : { reason: `${stdout}${stderr}`.trim().slice(-500) }
}

/** From a table of `NAME DIGEST SIZE ROLE`. */
function findDigest(stdout: string, tag: string, role: string): string | undefined {
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/))
  const row = rows.find(([name, , , by]) => name === tag && by === role)
  return row && `sha256:${row[1]}`
}
