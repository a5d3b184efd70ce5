import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { WORKLOADS, type WorkloadKind } from '../support/workload.ts'
import { type Cluster, findCluster } from './cluster/cluster.ts'
import { imagesOf, manifestOf, type ReadSpec } from './cluster/manifests.ts'
import { NAMESPACE, Release, renderValues } from './cluster/release.ts'
import {
  EVIL_PINNED,
  OTHER_PINNED,
  OTHER_SIGNED,
  openShop,
  type Shop,
  SIGNED,
  SIGNED_PINNED,
  UNSIGNED,
} from './cluster/shop.ts'
import { readWebhookLog } from './cluster/webhook-log.ts'

setDefaultTimeout(240_000)

const CHILD = 'automatic approval of child image reference'

let cluster: Cluster
let shop: Shop
let release: Release

beforeAll(async () => {
  cluster = await findCluster()
  shop = await openShop()
  release = await Release.install(cluster, renderValues(shop))
  await cluster.kubectl.run('create namespace admission')
})
afterAll(async () => {
  await cluster?.kubectl.run('delete namespace admission --timeout=180s')
  await release?.clear()
  shop?.notary.stop()
})

interface List {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly spec: ReadSpec
  }[]
}

const namespace = 'admission'
const inNamespace = `--namespace=${namespace}`

/** Creates a Pod on dry run, and tells what `kubectl` says. */
function dryRun(manifest: object) {
  return cluster.kubectl.try(
    ['apply', '--dry-run=server', '--output=json', '--filename=-'],
    JSON.stringify(manifest),
  )
}

describe('a signed Deployment', () => {
  test('is verified once, and its ReplicaSet and Pods carry the digest (child approval)', async () => {
    const { kubectl } = cluster
    const before = shop.looks()
    await kubectl.apply(
      manifestOf('Deployment', { name: 'web', namespace, image: SIGNED, replicas: 3 }),
    )
    await kubectl.run(`rollout status deployment/web ${inNamespace} --timeout=120s`)
    const sets = await kubectl.get<List>(`replicasets,pods ${inNamespace} --selector=app=web`)
    expect(sets.items.length).toBe(4)
    expect(sets.items.flatMap(({ spec }) => imagesOf('Deployment', spec))).toEqual(
      Array(4).fill(SIGNED_PINNED),
    )
    expect(shop.looks() - before).toBe(1)
    const lines = (await readWebhookLog(cluster)).filter((line) => line.namespace === namespace)
    const children = lines.filter(({ kind }) => kind === 'ReplicaSet' || kind === 'Pod')
    expect(children.length).toBeGreaterThanOrEqual(4)
    for (const { images } of children) {
      expect(images).toMatchObject([{ image: SIGNED_PINNED, skipped: CHILD }])
    }
  })

  test('is scaled up without being verified again', async () => {
    const { kubectl } = cluster
    const before = shop.looks()
    await kubectl.run(`scale deployment/web ${inNamespace} --replicas=5`)
    await kubectl.run(`rollout status deployment/web ${inNamespace} --timeout=120s`)
    const { items } = await kubectl.get<List>(`pods ${inNamespace} --selector=app=web`)
    expect(items.flatMap(({ spec }) => imagesOf('Pod', spec))).toEqual(Array(5).fill(SIGNED_PINNED))
    expect(shop.looks() - before).toBe(0)
  })
})

test('an unsigned Deployment is denied, and kubectl shows which image and why', async () => {
  const manifest = manifestOf('Deployment', { name: 'unsigned', namespace, image: UNSIGNED })
  const { exitCode, stderr } = await cluster.kubectl.tryApply(manifest)
  expect(exitCode).toBe(1)
  expect(stderr).toContain('admission webhook "connaisseur-svc.connaisseur.svc" denied the request')
  expect(stderr).toContain(UNSIGNED)
  expect(stderr).toContain('UNTRUSTED_NOT_SIGNED')
})

describe('every kind', () => {
  test.each(Object.keys(WORKLOADS) as WorkloadKind[])(
    '%s: signed is pinned, unsigned denied',
    async (kind) => {
      const { kubectl } = cluster
      const name = `kind-${kind.toLowerCase()}`
      const denied = await kubectl.tryApply(manifestOf(kind, { name, namespace, image: UNSIGNED }))
      expect(denied.exitCode).toBe(1)
      expect(denied.stderr).toContain('UNTRUSTED_NOT_SIGNED')
      await kubectl.apply(manifestOf(kind, { name, namespace, image: SIGNED }))
      const { spec } = await kubectl.get<{ spec: ReadSpec }>(`${kind}/${name} ${inNamespace}`)
      expect(imagesOf(kind, spec)).toEqual([SIGNED_PINNED])
    },
  )

  test('the Job that a CronJob makes is approved as its child', async () => {
    const { kubectl } = cluster
    await kubectl.run(`create job ${inNamespace} by-hand --from=cronjob/kind-cronjob`)
    await kubectl.run(`wait job/by-hand ${inNamespace} --for=condition=Complete --timeout=120s`)
    const lines = await readWebhookLog(cluster)
    const job = lines.find(({ kind, name }) => kind === 'Job' && name === 'by-hand')
    expect(job?.images).toMatchObject([{ image: SIGNED_PINNED, skipped: CHILD }])
  })
})

test('kubectl run --dry-run=server shows the pinned image, or the denial', async () => {
  const run = (image: string) =>
    cluster.kubectl.try([
      'run',
      'dry',
      inNamespace,
      `--image=${image}`,
      '--dry-run=server',
      '--output=json',
    ])
  const good = await run(SIGNED)
  expect(imagesOf('Pod', JSON.parse(good.stdout).spec)).toEqual([SIGNED_PINNED])
  const bad = await run(UNSIGNED)
  expect(bad.exitCode).toBe(1)
  expect(bad.stderr).toContain('UNTRUSTED_NOT_SIGNED')
})

test('hole 11: an ephemeral container is pinned or denied like any other', async () => {
  const { kubectl } = cluster
  await kubectl.apply(manifestOf('Pod', { name: 'debugged', namespace, image: SIGNED }))
  const debug = (container: string, image: string) =>
    kubectl.try([
      'debug',
      'debugged',
      inNamespace,
      `--image=${image}`,
      `--container=${container}`,
      '--profile=general',
    ])
  const bad = await debug('bad', UNSIGNED)
  expect(bad.exitCode).toBe(1)
  expect(bad.stderr).toContain('UNTRUSTED_NOT_SIGNED')
  expect((await debug('good', SIGNED)).exitCode).toBe(0)
  const pod = await kubectl.get<{ spec: { ephemeralContainers: { image: string }[] } }>(
    `pod/debugged ${inNamespace}`,
  )
  expect(pod.spec.ephemeralContainers.map(({ image }) => image)).toEqual([SIGNED_PINNED])
})

test('hole 11: an image volume is pinned or denied like a container', async () => {
  const withVolume = (reference: string) =>
    dryRun(
      manifestOf('Pod', {
        name: 'volume',
        namespace,
        image: SIGNED,
        pod: { volumes: [{ name: 'files', image: { reference } }] },
      }),
    )
  const good = await withVolume(SIGNED)
  expect(good.exitCode).toBe(0)
  const volumes: { name: string; image?: object }[] = JSON.parse(good.stdout).spec.volumes
  expect(volumes.find(({ name }) => name === 'files')?.image).toMatchObject({
    reference: SIGNED_PINNED,
  })
  const bad = await withVolume(UNSIGNED)
  expect(bad.exitCode).toBe(1)
  expect(bad.stderr).toContain(UNSIGNED)
})

test('hole 5: an object kept by a finalizer takes no new image, and lets its finalizer go', async () => {
  const { kubectl } = cluster
  const metadata = { finalizers: ['e2e.example/stay'] }
  await kubectl.apply(
    manifestOf('ReplicaSet', { name: 'stays', namespace, image: SIGNED, replicas: 0, metadata }),
  )
  const {
    metadata: { uid },
  } = await kubectl.get<{ metadata: { uid: string } }>(`replicaset/stays ${inNamespace}`)
  await kubectl.run(`delete replicaset/stays ${inNamespace} --wait=false`)
  const containers = [{ name: 'main', image: EVIL_PINNED }]
  const patch = (body: object) =>
    kubectl.try(['patch', 'replicaset/stays', inNamespace, `--patch=${JSON.stringify(body)}`])
  const evil = await patch({ spec: { template: { spec: { containers } } } })
  expect(evil.exitCode).toBe(1)
  expect(evil.stderr).toContain('denied the request')
  const child = await dryRun(
    manifestOf('Pod', {
      name: 'child',
      namespace,
      image: EVIL_PINNED,
      metadata: ownedBy('stays', uid),
    }),
  )
  expect(child.exitCode).toBe(1)
  expect((await patch({ metadata: { finalizers: null } })).exitCode).toBe(0)
  await kubectl.run(`wait replicaset/stays ${inNamespace} --for=delete --timeout=60s`)
})

function ownedBy(name: string, uid: string) {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', controller: true }
  return { ownerReferences: [{ ...owner, name, uid }] }
}

describe('hole 6: who only says that it is a child is verified, once its image is signed no more', () => {
  let uid = ''
  let deletedUid = ''

  beforeAll(async () => {
    const { kubectl } = cluster
    const create = async (name: string, metadata = {}) => {
      const choice = { name, namespace, image: OTHER_SIGNED, replicas: 0, metadata }
      await kubectl.apply(manifestOf('ReplicaSet', choice))
      const path = `replicaset/${name} ${inNamespace}`
      return (await kubectl.get<{ metadata: { uid: string } }>(path)).metadata.uid
    }
    uid = await create('owner')
    deletedUid = await create('deleted', { finalizers: ['e2e.example/stay'] })
    await kubectl.run(`delete replicaset/deleted ${inNamespace} --wait=false`)
    shop.repository.removeTarget('other')
    shop.repository.publish()
  })
  afterAll(async () => {
    const patch = '--patch={"metadata":{"finalizers":null}}'
    await cluster.kubectl.try(['patch', 'replicaset/deleted', inNamespace, patch])
    shop.repository.addTarget('other', OTHER_PINNED)
    shop.repository.publish()
  })

  const child = (metadata: object, image = OTHER_PINNED, where = namespace) =>
    dryRun(manifestOf('Pod', { name: 'child', namespace: where, image, metadata }))

  test('the true child of an owner with the identical pinned image is approved', async () => {
    expect(await child(ownedBy('owner', uid))).toMatchObject({ exitCode: 0 })
  })

  test.each([
    ['has another uid', () => child(ownedBy('owner', crypto.randomUUID()))],
    ['is in another namespace', () => child(ownedBy('owner', uid), OTHER_PINNED, 'default')],
    ['is being deleted', () => child(ownedBy('deleted', deletedUid))],
    ['does not exist', () => child(ownedBy('nobody', crypto.randomUUID()))],
    [
      'lists the image pinned, the child does not',
      () => child(ownedBy('owner', uid), OTHER_SIGNED),
    ],
    ['lists another digest', () => child(ownedBy('owner', uid), EVIL_PINNED)],
  ])('an owner that %s approves nothing', async (_, create) => {
    const { exitCode, stderr } = await create()
    expect(exitCode).toBe(1)
    expect(stderr).toContain('denied the request')
  })
})

describe('namespaces', () => {
  test('one that is labelled to be ignored is not asked about', async () => {
    const { kubectl } = cluster
    await kubectl.run('create namespace ignored')
    const label = 'securesystemsengineering.connaisseur/webhook=ignore'
    await kubectl.run(`label namespace ignored ${label}`)
    const pod = manifestOf('Pod', { name: 'free', namespace: 'ignored', image: UNSIGNED })
    expect(await kubectl.tryApply(pod)).toMatchObject({ exitCode: 0 })
    await kubectl.run('delete namespace ignored --timeout=120s')
  })

  test.each(['kube-system', NAMESPACE])('%s is left out', async (name) => {
    const pod = manifestOf('Pod', { name: 'free', namespace: name, image: UNSIGNED })
    expect((await dryRun(pod)).exitCode).toBe(0)
  })
})
