import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preparePrograms } from './prepare.ts'
import { BINARY } from './support/binary.ts'

/** How much of each log is shown when a spec failed; all of it is kept. */
const LOG_LINES = 10
const LOG_LINE_CHARACTERS = 300

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    await preparePrograms()
  } catch (cause) {
    return fail(cause instanceof Error ? cause.message : String(cause))
  }
  if (!(await Bun.file(BINARY).exists())) return fail(`no ${BINARY}, run make build first`)
  const folder = await mkdtemp(join(tmpdir(), 'connaisseur-e2e-'))
  const code = await runSpecs(folder)
  await endLeftOvers(folder)
  if (code === 0) await rm(folder, { recursive: true })
  else await showLogs(folder)
  return code
}

function fail(message: string): number {
  console.error(message)
  return 1
}

/** The specs are given by path: their names keep them out of a plain `bun test`. */
async function runSpecs(folder: string): Promise<number> {
  const files = [...new Bun.Glob('*.e2e.ts').scanSync({ cwd: import.meta.dir, absolute: true })]
  const child = Bun.spawn([process.execPath, 'test', ...files.sort()], {
    env: { ...process.env, CONNAISSEUR_E2E_FOLDER: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill())
  return child.exited
}

/** A spec that was cut off stops nothing itself; each server has left its process id here. */
async function endLeftOvers(folder: string): Promise<void> {
  for (const file of new Bun.Glob('**/*.pid').scanSync({ cwd: folder, absolute: true })) {
    try {
      process.kill(Number(await Bun.file(file).text()), 'SIGKILL')
    } catch {
      // It is gone already, which is what is wanted.
    }
  }
}

async function showLogs(folder: string): Promise<void> {
  for (const file of new Bun.Glob('**/*.log').scanSync({ cwd: folder })) {
    const lines = (await Bun.file(join(folder, file)).text()).trimEnd().split('\n')
    if (lines.join('') === '') continue
    const last = lines.slice(-LOG_LINES).map((line) => line.slice(0, LOG_LINE_CHARACTERS))
    console.error(`\n--- ${file}, its last lines\n${last.join('\n')}`)
  }
  console.error(`\nall files of this run are kept in ${folder}`)
}
