import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { parseJson } from './metadata.ts'
import { findFreePort, isListening } from './port.ts'
import { runOrThrow, type ServerProcess, startServer } from './process.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/** A real docker-registry, over plain HTTP, on a folder of its own. */
export interface Registry {
  /** `127.0.0.1:port`, the first component of its images' names. */
  readonly host: string
  readonly folder: string
  readonly server: ServerProcess
}

/** An image that the registry holds, by what a signer signs of it. */
export interface PushedImage {
  /** `sha256:` and lower-case hex. */
  readonly digest: string
  /** Of the manifest, in bytes. */
  readonly length: number
}

/** Somebody who may push to a registry that wants tokens. */
export interface Pusher {
  readonly username: string
  readonly password: string
  /** The CA of the token endpoint. */
  readonly authorityFile: string
}

/** How a docker-registry is. */
export interface RegistryOptions {
  /** `TokenServer.authSection` */
  readonly options?: unknown
  readonly allowsDeletion?: boolean
}

/** Starts a docker-registry in `folder`; it is open unless there are options of tokens. */
export async function startRegistry(
  folder: string,
  { options, allowsDeletion = false }: RegistryOptions = {},
): Promise<Registry> {
  await mkdir(folder, { recursive: true })
  const host = `127.0.0.1:${await findFreePort()}`
  const configuration = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, 'data') },
      delete: { enabled: allowsDeletion },
    },
    http: { addr: host },
    ...(options !== undefined && { auth: { token: options } }),
  }
  await Bun.write(join(folder, 'registry.yml'), JSON.stringify(configuration))
  const command = ['docker-registry', 'serve', 'registry.yml']
  const port = Number(host.split(':')[1])
  const surroundings = { folder, name: 'docker-registry' }
  const server = await startServer(command, surroundings, () => isListening(port))
  return { host, folder, server }
}

/**
 * Makes an image (umoci), pushes it (skopeo) as `repository:tag` and reads back what the registry
 * serves for the tag. Every call makes another image.
 */
export async function pushImage(
  { host, folder }: Pick<Registry, 'host' | 'folder'>,
  repository: string,
  tag: string,
  pusher?: Pusher,
): Promise<PushedImage> {
  const layout = join(folder, crypto.randomUUID())
  const label = `--config.label=made-for=${repository}:${tag}:${layout}`
  await runOrThrow(['umoci', 'init', '--layout', layout], { folder })
  await runOrThrow(['umoci', 'new', '--image', `${layout}:it`], { folder })
  await runOrThrow(['umoci', 'config', '--image', `${layout}:it`, label], { folder })
  const source = `oci:${layout}:it`
  const target = `docker://${host}/${repository}:${tag}`
  const skopeo = ['skopeo', '--insecure-policy', 'copy', '--quiet', '--dest-tls-verify=false']
  const { username = '', password = '', authorityFile = '' } = pusher ?? {}
  const who = pusher === undefined ? [] : ['--dest-creds', `${username}:${password}`]
  const env = pusher === undefined ? {} : { SSL_CERT_FILE: authorityFile }
  await runOrThrow([...skopeo, ...who, source, target], { folder, env })
  if (pusher !== undefined) return readLayout(layout)
  return readBack(`http://${host}/v2/${repository}/manifests/${tag}`)
}

/** What was pushed, from the layout: the registry tells it only to those who have a token. */
async function readLayout(layout: string): Promise<PushedImage> {
  const index = parseJson(Index, await Bun.file(join(layout, 'index.json')).text())
  const [manifest] = index.manifests
  if (manifest === undefined) throw new Error(`${layout} holds no manifest`)
  return { digest: manifest.digest, length: manifest.size }
}

const Index = Type.Object({
  manifests: Type.Array(Type.Object({ digest: Type.String(), size: Type.Integer() })),
})

async function readBack(url: string): Promise<PushedImage> {
  const response = await fetch(url, { headers: { accept: MANIFEST } })
  const manifest = Buffer.from(await response.arrayBuffer())
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`
  const claimed = response.headers.get('docker-content-digest')
  if (response.status !== 200 || claimed !== digest) {
    throw new Error(`${url} answered ${response.status}, digest ${claimed} for bytes of ${digest}`)
  }
  return { digest, length: manifest.length }
}
