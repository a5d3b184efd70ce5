/** The programs that the end-to-end specs run, each with the Debian package that holds it. */
const PACKAGE_OF: ReadonlyMap<string, string> = new Map([
  ['notary', 'notary'],
  ['notary-server', 'notary'],
  ['notary-signer', 'notary'],
  ['docker-registry', 'docker-registry'],
  ['skopeo', 'skopeo'],
  ['umoci', 'umoci'],
  ['redis-server', 'redis-server'],
  ['etcd', 'etcd-server'],
  ['ip', 'iproute2'],
  ['buildah', 'buildah'],
])

/**
 * Installs what is missing, with apt-get, when we are root. Throws an error that names the
 * packages when it may not, or when they are still missing afterwards.
 */
export async function preparePrograms(): Promise<void> {
  const packages = findMissingPackages()
  if (packages.length === 0) return
  if (process.getuid?.() !== 0 || Bun.which('apt-get') === null) {
    throw new Error(`missing Debian packages, install them as root: ${toCommand(packages)}`)
  }
  console.error(`installing missing Debian packages: ${packages.join(' ')}`)
  await aptGet('update', '--quiet')
  await aptGet('install', '--quiet', '--yes', '--no-install-recommends', ...packages)
  const left = findMissingPackages()
  if (left.length > 0) {
    throw new Error(`still missing after apt-get, install them by hand: ${toCommand(left)}`)
  }
}

function toCommand(packages: readonly string[]): string {
  return `apt-get install ${packages.join(' ')}`
}

function findMissingPackages(): readonly string[] {
  const missing = [...PACKAGE_OF].filter(([program]) => Bun.which(program) === null)
  return [...new Set(missing.map(([, name]) => name))]
}

async function aptGet(...args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const child = Bun.spawn(['apt-get', ...args], { env, stdout: 'ignore', stderr: 'inherit' })
  const code = await child.exited
  if (code !== 0) throw new Error(`apt-get ${args[0]} ended with exit code ${code}`)
}
