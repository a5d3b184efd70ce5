import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Type } from '@sinclair/typebox'
import { admissionReview } from '../support/admission-review.ts'
import { issueServerCertificate } from '../support/certificate.ts'
import { pod } from '../support/workload.ts'
import { startInBox } from './image/box.ts'
import { type Buildah, openBuildah } from './image/buildah.ts'
import { BUILDER_ENV, createBuilderBase, createRuntimeBase, findShells } from './image/stand-in.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { fetchRootKey, parseJson } from './support/metadata.ts'
import { writePolicy } from './support/policy.ts'
import { findFreePort } from './support/port.ts'
import { runOrThrow, waitUntil } from './support/process.ts'
import { addSignedImage } from './support/signed-image.ts'

setDefaultTimeout(300_000)

const TOP = resolve(import.meta.dir, '../..')
const RUNTIME = 'localhost/stand-in/runtime:1'
const BUILDER = 'localhost/stand-in/builder:1'

/** What one may download: issue of the image, in bytes. */
const MAX_COMPRESSED_BYTES = 60_000_000

let environment: Environment
let buildah: Buildah

beforeAll(async () => {
  environment = await startEnvironment('image')
  const { folder } = environment
  buildah = await openBuildah(join(folder, 'buildah'))
  await createRuntimeBase(join(folder, 'runtime'))
  await buildah.commit(join(folder, 'runtime'), RUNTIME)
  await createBuilderBase(join(folder, 'builder'))
  await buildah.commit(join(folder, 'builder'), BUILDER, BUILDER_ENV)
  await build('localhost/connaisseur:first')
})
afterAll(() => environment?.stop())

/** `make image`, as a user calls it. */
async function build(image: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { surroundings } = buildah
  const settings = { IMAGE: image, BUILDER, RUNTIME, ENGINE: 'buildah', SOURCE_DATE_EPOCH: '1' }
  await runOrThrow(['make', '--directory', TOP, 'image'], {
    ...surroundings,
    env: { ...surroundings.env, ...settings, ...env },
  })
  return (await buildah.run('images', '--quiet', '--no-trunc', image)).trim()
}

const Inspected = Type.Object({
  OCIv1: Type.Object({
    architecture: Type.String(),
    config: Type.Object({
      User: Type.String(),
      Entrypoint: Type.Array(Type.String()),
      Labels: Type.Record(Type.String(), Type.String()),
      Env: Type.Optional(Type.Array(Type.String())),
    }),
  }),
})

const inspect = async (image: string) =>
  parseJson(Inspected, await buildah.run('inspect', '--type', 'image', image)).OCIv1

describe('the image that make image builds', () => {
  test('runs the program as user 65532 and says what it is', async () => {
    const { config } = await inspect('localhost/connaisseur:first')
    expect(config.User).toBe('65532:65532')
    expect(config.Entrypoint).toEqual(['/usr/local/bin/connaisseur'])
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'Connaisseur',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
      'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}|unknown/),
    })
  })

  test('holds its base and the program, and nothing else: no shell, no Bun, no source', async () => {
    const paths = async (image: string) =>
      new Set(await readdir(await buildah.mount(image), { recursive: true }))
    const base = await paths(RUNTIME)
    const all = await paths('localhost/connaisseur:first')
    expect([...all].filter((path) => !base.has(path)).toSorted()).toEqual([
      'usr/local',
      'usr/local/bin',
      'usr/local/bin/connaisseur',
    ])
    expect(findShells([...all])).toEqual([])
  })

  test('is the same, byte for byte, when it is built again', async () => {
    const first = (
      await buildah.run('images', '-q', '--no-trunc', 'localhost/connaisseur:first')
    ).trim()
    expect(first).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(await build('localhost/connaisseur:again')).toBe(first)
  })

  test('is built for arm64 too, on any machine', async () => {
    const image = 'localhost/connaisseur:arm64'
    await build(image, { PLATFORM: 'linux/arm64' })
    expect((await inspect(image)).architecture).toBe('arm64')
    const file = join(await buildah.mount(image), 'usr/local/bin/connaisseur')
    const header = new Uint8Array(await Bun.file(file).slice(0, 20).arrayBuffer())
    // ELF, 64 bits, little-endian; e_machine 183 is EM_AARCH64.
    expect([...header.slice(0, 6)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1])
    expect(header[18]).toBe(183)
  })

  test('is small to download', async () => {
    for (const format of ['gzip', 'zstd']) {
      const folder = join(environment.folder, format)
      await buildah.run(
        ...['push', '--quiet', '--compression-format', format, '--compression-level', '9'],
        ...['localhost/connaisseur:first', `oci:${folder}:it`],
      )
      const blobs = [...new Bun.Glob('blobs/sha256/*').scanSync({ cwd: folder, absolute: true })]
      const sizes = await Promise.all(blobs.map(async (blob) => (await stat(blob)).size))
      const bytes = sizes.reduce((sum, size) => sum + size, 0)
      console.log(`image, compressed by ${format}: ${(bytes / 1e6).toFixed(1)} MB`)
      if (format === 'zstd') expect(bytes).toBeLessThan(MAX_COMPRESSED_BYTES)
    }
  })
})

describe('in that image, read-only, without a shell, as user 65532', () => {
  test('the program serves, verifies against a real Notary, and shuts down', async () => {
    const { gun, ...image } = await addSignedImage(environment, 'boxed')
    const folder = join(environment.folder, 'app')
    const port = await findFreePort()
    await writeApp(folder, gun)
    const root = await buildah.mount('localhost/connaisseur:first')
    const box = await startInBox(root, folder, [
      ...['/usr/local/bin/connaisseur', 'serve', '--listen', `127.0.0.1:${port}`],
      ...[
        '--config',
        '/app/config.yaml',
        '--tls-cert',
        '/app/tls.crt',
        '--tls-key',
        '/app/tls.key',
      ],
    ])
    environment.beforeStop(box.kill)
    const tls = { ca: environment.authority.cert }
    const url = `https://127.0.0.1:${port}`
    await waitUntil(async () => isReady(`${url}/ready`, tls.ca), 'the program in the box')

    expect(await box.status('Uid')).toBe('65532\t65532\t65532\t65532')
    expect(await box.status('NoNewPrivs')).toBe('1')
    expect(await box.status('CapEff')).toBe('0000000000000000')
    expect(await box.writableMounts()).toEqual([])

    const review = async (name: string) => {
      const body = JSON.stringify(admissionReview({ object: pod(name) }))
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/mutate`, { method: 'POST', headers, body, tls })
      return parseJson(Answer, await answer.text()).response
    }
    const admitted = await review(`${gun}:1`)
    expect(admitted.allowed).toBeTrue()
    expect(Buffer.from(admitted.patch ?? '', 'base64').toString()).toContain(image.digest)
    const denied = await review(`${gun}:2`)
    expect(denied.allowed).toBeFalse()
    expect(denied.status?.message).toContain('UNTRUSTED_NOT_SIGNED')

    expect(await box.stop()).toBe(0)
    expect(await box.output()).toContain('"stopped"')
  })
})

const Answer = Type.Object({
  response: Type.Object({
    allowed: Type.Boolean(),
    patch: Type.Optional(Type.String()),
    status: Type.Optional(Type.Object({ message: Type.String() })),
  }),
})

/** Writes what the chart would mount, readable for everybody. */
async function writeApp(folder: string, gun: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { publicKey } = await fetchRootKey(environment.notary, gun)
  await copyFile(await writePolicy(environment, { [gun]: publicKey }), join(folder, 'config.yaml'))
  const { cert, key } = await issueServerCertificate(environment.authority)
  await Bun.write(join(folder, 'tls.crt'), cert)
  await Bun.write(join(folder, 'tls.key'), key)
}

async function isReady(url: string, ca: string): Promise<boolean> {
  try {
    return (await fetch(url, { tls: { ca } })).status === 200
  } catch {
    return false
  }
}
