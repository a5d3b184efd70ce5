import { cpus, loadavg, release, totalmem } from 'node:os'

/** Describes the machine that figures come from, for the head of a table. */
export function describeMachine(): string {
  const cores = cpus()
  const gib = Math.round(totalmem() / 1024 ** 3)
  const busy = loadavg()[0]?.toFixed(1)
  return [
    `${cores.length} cores (${cores[0]?.model.trim()})`,
    `${gib} GiB`,
    `Linux ${release()}`,
    `Bun ${Bun.version}`,
    `load average ${busy} before the run`,
  ].join(', ')
}
