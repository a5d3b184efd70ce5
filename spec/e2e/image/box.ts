import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil } from '../support/process.ts'

/** A program that runs in a root file system of its own. */
export interface Box {
  readonly exited: Promise<number>
  /** All that it has written. */
  readonly output: () => Promise<string>
  /** A line of the program's /proc/self/status. */
  readonly status: (name: string) => Promise<string>
  /** Where it could write files if it had the right. */
  readonly writableMounts: () => Promise<readonly string[]>
  /** SIGTERM to the program itself, which is process 1 in there; waits for its exit code. */
  readonly stop: () => Promise<number>
  /** Ends it, if it still runs. */
  readonly kill: () => Promise<unknown>
}

/**
 * Mounts what a container runtime mounts: the root read-only, a /proc of its own, the few devices
 * that a program may need, and a folder. Then it becomes the program, as user 65532.
 */
const BECOME = `set -e
root=$1 folder=$2; shift 2
mount --bind "$root" "$root"
mount --bind -o ro "$folder" "$root/app"
mount -t proc proc "$root/proc"
for each in null urandom; do : > "$root/dev/$each"; mount --bind "/dev/$each" "$root/dev/$each"; done
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs chroot --userspec=65532:65532 "$root" "$@"`

/** Runs a program of a root file system, with a folder of files that it sees as /app. */
export async function startInBox(
  root: string,
  folder: string,
  command: readonly string[],
): Promise<Box> {
  // Container runtimes make the mount points that an image lacks.
  for (const each of ['app', 'proc', 'dev']) await mkdir(join(root, each), { recursive: true })
  const log = Bun.file(join(folder, `${crypto.randomUUID()}.log`))
  const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child']
  const child = Bun.spawn([...namespaces, 'sh', '-c', BECOME, 'box', root, folder, ...command], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', log, log],
  })
  const pid = async () => {
    const children = Bun.file(`/proc/${child.pid}/task/${child.pid}/children`)
    let text = ''
    await waitUntil(async () => {
      text = (await children.text()).trim()
      return text !== ''
    }, 'the program in the box')
    return Number(text)
  }
  return {
    exited: child.exited,
    output: () => log.text(),
    async status(name) {
      const text = await Bun.file(`/proc/${await pid()}/status`).text()
      return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? ''
    },
    async writableMounts() {
      const lines = (await Bun.file(`/proc/${await pid()}/mountinfo`).text()).trim().split('\n')
      const mounts = lines.map((line) => line.split(' '))
      // Devices and /proc are no place for files.
      const files = mounts.filter(([, , , , path = '']) => !/^\/(?:proc$|dev\/)/.test(path))
      return files.flatMap(([, , , , path = '', options = '']) =>
        options.startsWith('ro') ? [] : [path],
      )
    },
    async stop() {
      process.kill(await pid(), 'SIGTERM')
      return child.exited
    },
    async kill() {
      child.kill('SIGKILL')
      return child.exited
    },
  }
}
