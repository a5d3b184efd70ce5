/*
 * Brings up a cluster, runs the specs that need one, and takes it down. Started by `../run.ts` in
 * namespaces of its own (network, mounts, processes), so that nothing outside is touched and nothing
 * outlives it.
 */
import { join, resolve } from 'node:path'
import { type ClusterHandle, HANDLE_VARIABLE } from './cluster.ts'
import { startControlPlane } from './control-plane.ts'
import { prepareNetwork } from './network.ts'
import { ImageStore } from './node/image-store.ts'
import { Node } from './node/node.ts'
import { PREPARED, type PreparedCluster } from './prepare.ts'

const [folder = '', ...files] = process.argv.slice(2)
process.exitCode = await main()

async function main(): Promise<number> {
  const { programs, image, nextImage }: PreparedCluster = await Bun.file(
    join(folder, PREPARED),
  ).json()
  await using stack = new AsyncDisposableStack()
  await prepareNetwork()
  const images = new ImageStore()
  images.add('e2e.example/connaisseur', image)
  images.add('e2e.example/connaisseur:v2', nextImage)
  const plane = await startControlPlane(programs, join(folder, 'control-plane'), stack)
  const node = new Node(plane.api, images, join(folder, 'pods'))
  stack.defer(() => node.stop())
  await node.start()
  const handle: ClusterHandle = {
    folder,
    programs: { kubectl: programs.kubectl, helm: programs.helm },
    pki: plane.pki,
    auditLog: plane.auditLog,
  }
  await Bun.write(join(folder, 'handle.json'), JSON.stringify(handle))
  const paths = files.map((file) => resolve(file))
  const code = await runSpecs(paths.filter((path) => !isLast(path)))
  return Math.max(code, await runSpecs(paths.filter(isLast)))
}

/** What judges by all that has happened in the cluster. */
function isLast(path: string): boolean {
  return path.endsWith('cluster.rights.e2e.ts')
}

async function runSpecs(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) return 0
  const child = Bun.spawn([process.execPath, 'test', ...paths], {
    env: { ...process.env, [HANDLE_VARIABLE]: join(folder, 'handle.json') },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill())
  return child.exited
}
