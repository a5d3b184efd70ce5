import { chmod, chown, mkdir, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Api, ApiError } from '../api.ts'
import {
  type FileSource,
  namespacePath,
  type Pod,
  type ProjectedSource,
  readField,
  type Volume,
} from './pod.ts'

/** As kubelets have it for files of Secrets and ConfigMaps. */
const DEFAULT_MODE = 0o644

/** Files by their path in the volume. */
type Files = Map<string, Uint8Array>

interface Data {
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: Readonly<Record<string, string>>
}

/**
 * The volumes of one pod, as folders. A change is swapped in as kubelets do it: each file is a link
 * through `..data`, which is replaced by a rename.
 */
export class PodVolumes {
  readonly #api: Api
  readonly #pod: Pod
  readonly #folder: string
  readonly #tokens = new Map<string, Uint8Array>()
  readonly #written = new Map<string, string>()
  #generation = 0

  constructor(api: Api, pod: Pod, folder: string) {
    this.#api = api
    this.#pod = pod
    this.#folder = folder
  }

  /** The folder of a volume. */
  folderOf(name: string): string {
    return join(this.#folder, name)
  }

  /** Writes what is new since the last time. Throws an `ApiError` where something is missing. */
  async refresh(): Promise<void> {
    for (const volume of this.#pod.spec.volumes ?? []) {
      const folder = this.folderOf(volume.name)
      if (volume.emptyDir !== undefined) {
        await mkdir(folder, { recursive: true })
        await chmod(folder, 0o777)
      } else {
        await this.#write(folder, modeOf(volume), await this.#read(volume))
      }
    }
  }

  async #read({ name, configMap, secret, projected }: Volume): Promise<Files> {
    if (configMap !== undefined) return this.#readData(`configmaps/${configMap.name}`, configMap)
    if (secret !== undefined) return this.#readData(`secrets/${secret.secretName}`, secret)
    if (projected === undefined) throw new Error(`the node knows no volume like ${name}`)
    const files: Files = new Map()
    for (const source of projected.sources) {
      for (const [path, bytes] of await this.#readProjected(source)) files.set(path, bytes)
    }
    return files
  }

  async #readProjected(source: ProjectedSource): Promise<Files> {
    const { configMap, secret, downwardAPI, serviceAccountToken } = source
    if (configMap !== undefined) return this.#readData(`configmaps/${configMap.name}`, configMap)
    if (secret !== undefined) return this.#readData(`secrets/${secret.name}`, secret)
    if (serviceAccountToken !== undefined) {
      return new Map([[serviceAccountToken.path, await this.#token(serviceAccountToken)]])
    }
    const items = downwardAPI?.items ?? []
    return new Map(
      items.map(({ path, fieldRef }) => [
        path,
        Buffer.from(readField(this.#pod, fieldRef?.fieldPath ?? '', {})),
      ]),
    )
  }

  async #readData(path: string, { items, optional = false }: FileSource): Promise<Files> {
    const all: Files = new Map()
    try {
      const { data, binaryData } = await this.#api.request<Data>(namespacePath(this.#pod, path))
      const encoding = path.startsWith('secrets/') ? 'base64' : 'utf8'
      for (const [key, text] of Object.entries(data ?? {})) {
        all.set(key, Buffer.from(text, encoding))
      }
      for (const [key, text] of Object.entries(binaryData ?? {})) {
        all.set(key, Buffer.from(text, 'base64'))
      }
    } catch (error) {
      if (!(optional && error instanceof ApiError && error.status === 404)) throw error
    }
    if (items === undefined) return all
    const chosen = items.flatMap(({ key, path: to }) => {
      const bytes = all.get(key)
      return bytes === undefined ? [] : [[to, bytes] as const]
    })
    if (chosen.length < items.length && !optional) throw new Error(`${path} lacks a key`)
    return new Map(chosen)
  }

  /** One token for the life of the pod: specs are shorter than tokens. */
  async #token(source: NonNullable<ProjectedSource['serviceAccountToken']>): Promise<Uint8Array> {
    const known = this.#tokens.get(source.path)
    if (known !== undefined) return known
    const { metadata, spec } = this.#pod
    const { status } = await this.#api.request<{ status: { token: string } }>(
      namespacePath(this.#pod, `serviceaccounts/${spec.serviceAccountName}/token`),
      {
        method: 'POST',
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            ...(source.audience !== undefined && { audiences: [source.audience] }),
            expirationSeconds: source.expirationSeconds ?? 3600,
            boundObjectRef: {
              apiVersion: 'v1',
              kind: 'Pod',
              name: metadata.name,
              uid: metadata.uid,
            },
          },
        },
      },
    )
    const token = Buffer.from(status.token)
    this.#tokens.set(source.path, token)
    return token
  }

  async #write(folder: string, mode: number, files: Files): Promise<void> {
    const state = JSON.stringify(
      [...files].map(([path, bytes]) => [path, Bun.hash(bytes)]),
      show,
    )
    if (this.#written.get(folder) === state) return
    const generation = `..${this.#generation++}`
    for (const [path, bytes] of files) {
      const file = join(folder, generation, path)
      await mkdir(dirname(file), { recursive: true })
      await Bun.write(file, bytes)
      await this.#give(file, mode)
    }
    await mkdir(join(folder, generation), { recursive: true })
    await symlink(generation, join(folder, '..new'))
    await rename(join(folder, '..new'), join(folder, '..data'))
    for (const path of files.keys()) {
      const [top = ''] = path.split('/')
      await symlink(join('..data', top), join(folder, top)).catch(() => {})
    }
    const before = this.#written.has(folder) ? `..${this.#last.get(folder)}` : undefined
    this.#last.set(folder, generation.slice(2))
    this.#written.set(folder, state)
    if (before !== undefined) await rm(join(folder, before), { recursive: true, force: true })
  }

  readonly #last = new Map<string, string>()

  /** With an `fsGroup`, files are the group's, and readable for it whatever the mode says. */
  async #give(file: string, mode: number): Promise<void> {
    const { fsGroup } = this.#pod.spec.securityContext ?? {}
    if (fsGroup !== undefined) await chown(file, 0, fsGroup)
    await chmod(file, fsGroup === undefined ? mode : mode | 0o440)
  }
}

function modeOf({ configMap, secret, projected }: Volume): number {
  return configMap?.defaultMode ?? secret?.defaultMode ?? projected?.defaultMode ?? DEFAULT_MODE
}

function show(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
