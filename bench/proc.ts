import { readFileSync } from 'node:fs'

/** Linux counts in ticks of 10 ms whatever the kernel's own clock is (sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10

/** Reads the user and system time of a process, in milliseconds (proc_pid_stat(5), 14 and 15). */
export function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Reads the time that a process's main thread was on a processor, in milliseconds (schedstat). */
export function readMainThreadMs(pid: number): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1e6
}

/** Reads the resident memory of a process, in MB of 1024 * 1024 bytes (proc_pid_status(5)). */
export function readRssMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}
