import { join } from 'node:path'

/** The project's folder, in which programs run. */
export const ROOT = join(import.meta.dir, '..')

/** Runs a program to its end and returns its stdout; throws unless it succeeds. */
export async function run(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  if ((await child.exited) === 0) return out
  throw new Error(`${command[0]} ended with ${child.exitCode}: ${out}${err}`)
}
