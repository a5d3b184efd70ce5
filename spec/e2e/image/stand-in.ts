import { copyFile, mkdir, realpath, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runOrThrow } from '../support/process.ts'

/** What distroless `base` holds of Debian, as far as the program needs it. */
const RUNTIME_PACKAGES = ['libc6', 'ca-certificates', 'tzdata']

/** What the builder stage calls; no make, no compiler, no Bun. */
const BUILDER_PROGRAMS = ['node', 'sh', 'env', 'cp', 'mkdir']

/** What glibc opens at run time, to look up names. */
const BUILDER_LIBRARIES = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2']

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/** Puts a stand-in for distroless `base` together: Debian's packages and nothing else. */
export async function createRuntimeBase(root: string): Promise<void> {
  const folder = `${root}-packages`
  await mkdir(folder, { recursive: true })
  await runOrThrow(['apt-get', 'download', ...RUNTIME_PACKAGES], { folder })
  for (const file of new Bun.Glob('*.deb').scanSync({ cwd: folder })) {
    await runOrThrow(['dpkg', '-x', file, root], { folder })
  }
}

/** Puts a stand-in for an image of Node together, of this machine's Node and npm. */
export async function createBuilderBase(root: string): Promise<void> {
  for (const part of ['bin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', part), { recursive: true })
    await symlink(`usr/${part}`, join(root, part))
  }
  await mkdir(join(root, 'tmp'))
  for (const program of BUILDER_PROGRAMS) await copyProgram(root, program)
  const libraries = dirname((await librariesOf('/bin/sh'))[0] ?? '')
  for (const each of BUILDER_LIBRARIES) await copyInto(root, join(libraries, each))
  const npm = dirname(dirname(await realpath(Bun.which('npm') ?? '')))
  await mkdir(join(root, 'usr/lib/node_modules'), { recursive: true })
  await runOrThrow(['cp', '--archive', npm, join(root, 'usr/lib/node_modules/npm')], {
    folder: root,
  })
  const link = '../lib/node_modules/npm/bin/npx-cli.js'
  await symlink(link, join(root, 'usr/bin/npx'))
  await copyInto(root, CERTIFICATES)
  await Bun.write(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
}

/** The environment of the builder: the registry's certificate may be one that this machine knows. */
export const BUILDER_ENV = { NODE_EXTRA_CA_CERTS: CERTIFICATES }

async function copyProgram(root: string, name: string): Promise<void> {
  const file = Bun.which(name)
  if (file === null) throw new Error(`there is no ${name} here`)
  await mkdir(join(root, 'usr/bin'), { recursive: true })
  await copyFile(file, join(root, 'usr/bin', name))
  for (const library of await librariesOf(file)) await copyInto(root, library)
}

async function librariesOf(file: string): Promise<readonly string[]> {
  const text = await runOrThrow(['ldd', file], { folder: '/' })
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)
}

/** Copies a file, not a link, to the same path below a root. */
async function copyInto(root: string, file: string): Promise<void> {
  await mkdir(join(root, dirname(file)), { recursive: true })
  await copyFile(file, join(root, file))
}

/** The paths that are shells or could serve as one. */
export function findShells(paths: readonly string[]): readonly string[] {
  return paths.filter((path) =>
    /(?:^|\/)(?:sh|bash|dash|ash|busybox|perl|python3?|env)$/.test(path),
  )
}
