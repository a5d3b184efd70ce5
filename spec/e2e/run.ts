import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findIsolation } from './cluster/isolation.ts'
import { prepareCluster } from './cluster/prepare.ts'
import { preparePrograms } from './prepare.ts'
import { BINARY } from './support/binary.ts'
import { prepareTools } from './tools/prepare.ts'

/** How much of each log is shown when a spec failed; all of it is kept. */
const LOG_LINES = 10
const LOG_LINE_CHARACTERS = 300

process.exitCode = await main(process.argv.slice(2))

/** Runs all specs, or those whose file's name contains one of the arguments. */
async function main(names: readonly string[]): Promise<number> {
  const files = [...new Bun.Glob('*.e2e.ts').scanSync({ cwd: import.meta.dir })].filter(
    (file) => names.length === 0 || names.some((name) => file.includes(name)),
  )
  const isOfCluster = (file: string) => file.startsWith('cluster.')
  try {
    await preparePrograms()
    await prepareTools(files)
  } catch (cause) {
    return fail(cause)
  }
  if (!(await Bun.file(BINARY).exists())) return fail(`no ${BINARY}, run make build first`)
  const plain = await runGroup(files.filter((file) => !isOfCluster(file)).sort(), runSpecs)
  const clustered = await runGroup(files.filter(isOfCluster).sort(), runClusterSpecs)
  return Math.max(plain, clustered)
}

function fail(cause: unknown): number {
  console.error(cause instanceof Error ? cause.message : String(cause))
  return 1
}

type RunGroup = (files: readonly string[], folder: string) => Promise<number>

/** Runs one group in a folder of its own, which is kept if it fails. */
async function runGroup(files: readonly string[], run: RunGroup): Promise<number> {
  if (files.length === 0) return 0
  const folder = await mkdtemp(join(tmpdir(), 'connaisseur-e2e-'))
  const paths = files.map((file) => join(import.meta.dir, file))
  const code = await run(paths, folder).catch(fail)
  if (code === 0) await rm(folder, { recursive: true })
  else await showLogs(folder)
  return code
}

/** The specs are given by path: their names keep them out of a plain `bun test`. */
async function runSpecs(paths: readonly string[], folder: string): Promise<number> {
  const code = await runChild([process.execPath, 'test', ...paths], folder)
  await endLeftOvers(folder)
  return code
}

/** Process ids mean nothing out here, and the kernel ends what is left over. */
async function runClusterSpecs(paths: readonly string[], folder: string): Promise<number> {
  const isolation = findIsolation()
  await prepareCluster(folder)
  const script = join(import.meta.dir, 'cluster', 'run.ts')
  return runChild([...isolation, process.execPath, script, folder, ...paths], folder)
}

async function runChild(command: readonly string[], folder: string): Promise<number> {
  const child = Bun.spawn([...command], {
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
