import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdir, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { NAMESPACE, renderValues } from './cluster/release.ts'
import { openShop, type Shop } from './cluster/shop.ts'
import { type Outcome, runProgram, waitUntil } from './support/process.ts'

setDefaultTimeout(300_000)

const PATIENCE_MS = 60_000
const TOP = resolve(import.meta.dir, '../..')

let cluster: Cluster
let shop: Shop
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  cluster = await findCluster()
  shop = await openShop()
  const folder = join(cluster.folder, 'make')
  await mkdir(folder, { recursive: true })
  for (const name of ['helm', 'kubectl'] as const) {
    await symlink(cluster.programs[name], join(folder, name))
  }
  const values = join(folder, 'values.json')
  await Bun.write(values, JSON.stringify(renderValues(shop)))
  env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: cluster.pki.kubeconfigs.admin,
    VALUES: values,
  }
})
afterAll(() => shop?.notary.stop())

const make = (target: string, more: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  runProgram(['make', '--no-print-directory', '--directory', TOP, target], {
    folder: cluster.folder,
    env: { ...env, ...more },
  })

async function makeOrThrow(target: string): Promise<string> {
  const { exitCode, stdout, stderr } = await make(target, { YES: '1' })
  if (exitCode !== 0) throw new Error(`make ${target} ended with ${exitCode}: ${stdout}${stderr}`)
  return stdout
}

/** Everything of ours that the API server knows, of every kind that can be listed. */
async function findLeftOvers(): Promise<readonly string[]> {
  const { kubectl } = cluster
  const kinds = (await kubectl.run('api-resources --verbs=list --output=name')).trim().split('\n')
  const line = `get ${kinds.join(',')} --all-namespaces --ignore-not-found --output=name`
  const names = (await kubectl.run(line)).trim().split('\n')
  // Events end by themselves, an hour later.
  return names.filter((name) => name.includes('connaisseur') && !name.startsWith('event'))
}

/** Tries a Pod without keeping it. */
const tryPod = () =>
  cluster.kubectl.try('run probe --image=registry.example/unknown:1 --dry-run=server'.split(' '))

describe('make install, upgrade, uninstall and annihilate', () => {
  test('show the cluster, and do nothing where there is nobody to ask', async () => {
    for (const target of ['install', 'upgrade', 'uninstall', 'annihilate']) {
      const { exitCode, stdout, stderr } = await make(target)
      expect(stdout).toMatch(/context +\S+\n +cluster +https:\/\/\S+\n +namespace +connaisseur\n/)
      expect(stderr).toContain('set YES=1')
      expect(exitCode).not.toBe(0)
    }
    expect(await findLeftOvers()).toEqual([])
  })

  test('install and upgrade a release that judges, and leave nothing when it is uninstalled', async () => {
    const { kubectl } = cluster
    expect(await makeOrThrow('install')).toContain('STATUS: deployed')
    const denied = await tryPod()
    expect(denied.stderr).toContain('denied the request')
    expect(await makeOrThrow('upgrade')).toContain('REVISION: 2')
    expect((await tryPod()).exitCode).not.toBe(0)
    await makeOrThrow('uninstall')
    expect((await tryPod()).exitCode).toBe(0)
    await kubectl.run(`wait --for=delete namespace/${NAMESPACE} --timeout=60s`)
    expect(await findLeftOvers()).toEqual([])
  })

  test('annihilate what Helm does not know any more, and leave what is not ours', async () => {
    const { kubectl } = cluster
    await makeOrThrow('install')
    await kubectl.run(`--namespace=${NAMESPACE} delete secrets --selector=owner=helm`)
    await kubectl.run(`--namespace=${NAMESPACE} delete secret connaisseur-tls`)
    const get = ['get', 'secret/connaisseur-tls', `--namespace=${NAMESPACE}`]
    const isBack = async () => (await kubectl.try(get)).exitCode === 0
    await waitUntil(isBack, 'the Secret to be made again', PATIENCE_MS)
    await kubectl.run(
      `--namespace=${NAMESPACE} create deployment other --image=registry.example/other:1`,
    )
    expect((await make('uninstall', { YES: '1' })).exitCode).not.toBe(0)
    await makeOrThrow('annihilate')
    const left = await findLeftOvers()
    expect(left.filter((name) => !name.startsWith('namespace/'))).toEqual([])
    expect(left).toEqual([`namespace/${NAMESPACE}`])
    await kubectl.run(`--namespace=${NAMESPACE} get deployment other`)
    await kubectl.run(`delete namespace ${NAMESPACE} --timeout=60s`)
  })
})
