import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../commands.ts'
import type { Image } from './image-store.ts'
import type { ContainerSpec, Pod } from './pod.ts'
import type { PodVolumes } from './volumes.ts'

/** Of a termination message, as the API has it. */
const MAX_MESSAGE_CHARACTERS = 4096
/** Of the log, where a termination message falls back to it. */
const LAST_LINES = 80

/** What a container is put together from. */
export interface Parts {
  readonly pod: Pod
  readonly spec: ContainerSpec
  readonly image: Image
  readonly volumes: PodVolumes
  /** The network namespace. */
  readonly network: string
  /** For the root file system, the log and the termination message. */
  readonly folder: string
}

/** A root file system, and the programs that ran in it one after the other. */
export class Container {
  readonly #parts: Parts
  #child: Bun.Subprocess | undefined
  #runs = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What its present or last run has written. */
  get #logFile(): string {
    return join(this.#parts.folder, `run-${this.#runs}.log`)
  }

  get #root(): string {
    return join(this.#parts.folder, 'root')
  }

  get #messageFile(): string {
    return join(this.#parts.folder, 'termination-log')
  }

  /** Mounts the image and in it what the pod says; read-only where the pod says so. */
  async mount(): Promise<void> {
    const { spec, image, volumes } = this.#parts
    const root = this.#root
    await mkdir(root, { recursive: true })
    await runCommand(`mount --bind ${image.folder} ${root}`)
    const mounts = spec.volumeMounts ?? []
    for (const path of ['/proc', '/dev', ...mounts.map(({ mountPath }) => mountPath)]) {
      await mkdir(join(root, path), { recursive: true })
    }
    await runCommand(`mount -t proc proc ${root}/proc`)
    await runCommand(`mount -t tmpfs tmpfs ${root}/dev`)
    await Bun.write(this.#messageFile, '')
    await chmod(this.#messageFile, 0o666)
    for (const name of ['null', 'zero', 'random', 'urandom']) await bind(`/dev/${name}`, root)
    await bind(this.#messageFile, root, '/dev/termination-log')
    for (const { name, mountPath, readOnly, subPath } of mounts) {
      if (subPath !== undefined) throw new Error(`the node mounts no subPath (${mountPath})`)
      await runCommand(`mount --bind ${volumes.folderOf(name)} ${root}${mountPath}`)
      if (readOnly === true) await runCommand(`mount -o remount,bind,ro ${root}${mountPath}`)
    }
    if (this.#security('readOnlyRootFilesystem') === true) {
      await runCommand(`mount -o remount,bind,ro ${root}`)
    }
  }

  /** Starts its program, and tells the exit code when it has ended. */
  async run(env: Readonly<Record<string, string>>): Promise<number> {
    const { spec, image, network } = this.#parts
    await Bun.write(this.#messageFile, '')
    const command = [...(spec.command ?? image.entrypoint), ...(spec.args ?? [])]
    this.#runs++
    const log = Bun.file(this.#logFile)
    const child = Bun.spawn(
      [which('ip'), 'netns', 'exec', network, ...this.#privileges(), this.#root, ...command],
      { env: { ...env }, stdio: ['ignore', log, log] },
    )
    this.#child = child
    const code = await child.exited
    this.#child = undefined
    return code
  }

  /** Sends a signal to the program, if there is one. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child?.kill(signal)
  }

  /** What the program has left to say, or the end of its log where the pod asks for that. */
  async readMessage(exitCode: number): Promise<string> {
    const message = await Bun.file(this.#messageFile).text()
    const fallsBack = this.#parts.spec.terminationMessagePolicy === 'FallbackToLogsOnError'
    if (message !== '' || exitCode === 0 || !fallsBack) return message
    const lines = (await Bun.file(this.#logFile).text()).split('\n').slice(-LAST_LINES)
    return lines.join('\n').slice(-MAX_MESSAGE_CHARACTERS)
  }

  /** Unmounts everything. */
  async unmount(): Promise<void> {
    await runCommand(`umount --recursive --lazy ${this.#root}`)
  }

  #privileges(): readonly string[] {
    const user = this.#security('runAsUser') ?? 65_532
    const group = this.#security('runAsGroup') ?? user
    const { fsGroup = group } = this.#parts.pod.spec.securityContext ?? {}
    const as = [`--userspec=${user}:${group}`, `--groups=${fsGroup}`]
    return [which('setpriv'), '--no-new-privs', which('chroot'), ...as]
  }

  /** What a container says goes before what its pod says. */
  #security<Key extends 'runAsUser' | 'runAsGroup' | 'readOnlyRootFilesystem'>(key: Key) {
    const { pod, spec } = this.#parts
    return spec.securityContext?.[key] ?? pod.spec.securityContext?.[key]
  }
}

async function bind(file: string, root: string, at = file): Promise<void> {
  await Bun.write(`${root}${at}`, '')
  await runCommand(`mount --bind ${file} ${root}${at}`)
}

function which(program: string): string {
  const file = Bun.which(program)
  if (file === null) throw new Error(`there is no ${program}`)
  return file
}
