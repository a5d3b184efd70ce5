import { join } from 'node:path'

/*
 * Reads what `make demo` printed, and ends with 1 if README.md quotes anything else. The gate runs it.
 */
const readme = await Bun.file(join(import.meta.dir, '../../README.md')).text()
const printed = await Bun.stdin.text()

const [, quoted = ''] = /scene by scene:\n\n```\n(.*?)\n```/s.exec(readme) ?? []
const scenes = quoted.split(/\n\n|\n\.\.\.\n/)
const missing = scenes.filter((scene) => !printed.includes(scene))

for (const scene of missing)
  console.error(`README.md quotes what the demo does not print:\n${scene}`)
process.exitCode = scenes.length >= 3 && missing.length === 0 ? 0 : 1
