import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { ClusterOwners } from '../../src/cluster/owners.ts'
import { makeClient, startServer } from '../cluster/fixture.ts'
import type { ReviewOptions } from '../support/admission-review.ts'
import { failure, type KubeServer } from '../support/kube/server.ts'
import {
  cronJob,
  deployment,
  type Images,
  job,
  pod,
  replicaSet,
  type WorkloadBuilder,
} from '../support/workload.ts'
import {
  DIGEST,
  type Flow,
  type FlowOptions,
  OTHER_DIGEST,
  REPOSITORY,
  startFlow,
} from './fixture.ts'

/** Nobody signed these, so that only an owner can let them in. */
const UNSIGNED = `${REPOSITORY}:none@sha256:${'c'.repeat(64)}`
const OTHER = `${REPOSITORY}:none@sha256:${'d'.repeat(64)}`

const UID = '11111111-3a52-4a0b-8a5e-2b7d0f3c9e11'
const SET = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-1', uid: UID, controller: true }

let kube: KubeServer
let flow: Flow
beforeEach(() => {
  kube = startServer()
  own('apps/v1', 'replicasets/app-1', replicaSet(UNSIGNED, { uid: UID, name: 'app-1' }))
})
afterEach(() => {
  flow.stop()
  kube.stop()
})

const own = (version: string, path: string, object: ReturnType<WorkloadBuilder>) => {
  const [kind, name] = path.split('/')
  const base = version === 'v1' ? '/api/v1' : `/apis/${version}`
  const namespace = object.metadata['namespace']
  return kube.store.put(`${base}/namespaces/${namespace}/${kind}/${name}`, object)
}

async function start(options: FlowOptions = {}) {
  flow = await startFlow({ owners: new ClusterOwners(makeClient(kube), () => {}), ...options })
}

const childOf = (owners: readonly unknown[], images: Images = UNSIGNED) =>
  pod(images, { ownerReferences: owners })

async function admit(object: unknown, options: Partial<ReviewOptions> = {}) {
  const { response, message } = await flow.review({ object, ...options })
  if (response.allowed) return 'admitted'
  expect(message).toContain('UNTRUSTED_')
  return 'denied'
}

describe('a child is admitted without verifying again', () => {
  test.each<[string, string, string, WorkloadBuilder, WorkloadBuilder]>([
    ['ReplicationController', 'v1', 'replicationcontrollers', replicaSet, pod],
    ['ReplicaSet', 'apps/v1', 'replicasets', replicaSet, pod],
    ['DaemonSet', 'apps/v1', 'daemonsets', replicaSet, pod],
    ['StatefulSet', 'apps/v1', 'statefulsets', replicaSet, pod],
    ['Job', 'batch/v1', 'jobs', job, pod],
    ['Deployment', 'apps/v1', 'deployments', deployment, replicaSet],
    ['CronJob', 'batch/v1', 'cronjobs', cronJob, job],
  ])(
    'when it is of a %s that lists its image by digest',
    async (kind, apiVersion, plural, owner, child) => {
      await start()
      own(apiVersion, `${plural}/parent`, { ...owner(UNSIGNED, { uid: UID }), apiVersion, kind })
      const reference = { ...SET, apiVersion, kind, name: 'parent' }
      expect(await admit(child(UNSIGNED, { ownerReferences: [reference] }))).toBe('admitted')
      expect(flow.admissions[0]?.verdicts).toEqual([
        {
          image: UNSIGNED,
          rule: '*:*',
          validator: 'default',
          trusted: true,
          skipped: 'automatic approval of child image reference',
        },
      ])
      expect(flow.notary.requests).toEqual([])
    },
  )

  test('whatever list of the owner has the image', async () => {
    await start()
    const images = { containers: ['registry.k8s.io/pause:1'], init: [UNSIGNED], volumes: [OTHER] }
    own('apps/v1', 'replicasets/app-1', replicaSet(images, { name: 'app-1' }))
    expect(await admit(childOf([SET], [UNSIGNED, OTHER]))).toBe('admitted')
  })

  test('and the replicas of one owner share a lookup', async () => {
    await start()
    const all = Array.from({ length: 8 }, () => admit(childOf([SET])))
    expect(new Set(await Promise.all(all))).toEqual(new Set(['admitted']))
    expect(kube.requests.length).toBeLessThanOrEqual(2)
  })

  test('but images that the owner does not list are verified beside it', async () => {
    await start()
    expect(await admit(childOf([SET], [UNSIGNED, `${REPOSITORY}:1`]))).toBe('admitted')
    expect(await admit(childOf([SET], [UNSIGNED, `${REPOSITORY}:none`]))).toBe('denied')
  })
})

describe('hole 5: a Pod of an owner that is being deleted', () => {
  test('is verified, although the image was put into the owner while it waited for its finalizer', async () => {
    await start()
    const deleted = { uid: UID, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] }
    own('apps/v1', 'replicasets/app-1', replicaSet(UNSIGNED, deleted))
    expect(await admit(childOf([SET]))).toBe('denied')
  })
})

describe('hole 6: a child is verified when its owner', () => {
  beforeEach(() => start())

  test('is forged: there is none of that name', async () => {
    expect(await admit(childOf([{ ...SET, name: 'app-2' }]))).toBe('denied')
  })

  test('is in another namespace', async () => {
    own('apps/v1', 'replicasets/far', replicaSet(UNSIGNED, { uid: UID, namespace: 'other' }))
    expect(await admit(childOf([{ ...SET, name: 'far' }]))).toBe('denied')
    const moved = pod(UNSIGNED, { ownerReferences: [SET], namespace: 'default' })
    expect(await admit(moved, { namespace: 'other' })).toBe('denied')
  })

  test('has another uid', async () => {
    expect(await admit(childOf([{ ...SET, uid: 'another' }]))).toBe('denied')
  })

  test('lists the image unpinned', async () => {
    const unpinned = `${REPOSITORY}:none`
    own('apps/v1', 'replicasets/app-1', replicaSet(unpinned, { name: 'app-1' }))
    expect(await admit(childOf([SET], unpinned))).toBe('denied')
    expect(await admit(childOf([SET], UNSIGNED))).toBe('denied')
    expect(kube.requests).toHaveLength(1)
  })

  test('lists the image with another digest', async () => {
    expect(await admit(childOf([SET], OTHER))).toBe('denied')
  })

  test('lists the image under another name of the same digest', async () => {
    expect(await admit(childOf([SET], UNSIGNED.replace(':none', '')))).toBe('denied')
  })

  test.each(['batch.volcano.sh/v1alpha1', 'apps.evil.example/v1', 'apps/v1beta1'])(
    'is of a custom kind with the same name, %s',
    async (apiVersion) => {
      own(apiVersion, 'replicasets/app-1', replicaSet(UNSIGNED, { uid: UID }))
      expect(await admit(childOf([{ ...SET, apiVersion }]))).toBe('denied')
      expect(kube.requests).toEqual([])
    },
  )

  test('is one of two controllers', async () => {
    expect(await admit(childOf([SET, { ...SET, kind: 'Deployment' }]))).toBe('denied')
  })

  test('does not control it', async () => {
    expect(await admit(childOf([{ ...SET, controller: false }]))).toBe('denied')
  })

  test('is a Pod', async () => {
    own('v1', 'pods/app-1', pod(UNSIGNED, { uid: UID }))
    expect(await admit(childOf([{ ...SET, apiVersion: 'v1', kind: 'Pod' }]))).toBe('denied')
  })

  test('is right, and it is a person who debugs the Pod', async () => {
    const before = childOf([SET])
    const after = childOf([SET], { containers: [UNSIGNED], ephemeral: [UNSIGNED] })
    const options = { oldObject: before, operation: 'UPDATE', subResource: 'ephemeralcontainers' }
    expect(await admit(after, { ...options, operation: 'UPDATE' })).toBe('denied')
  })

  test('is another object than was asked for', async () => {
    kube.fault = () => Response.json({ ...replicaSet(UNSIGNED, { uid: UID }), kind: 'Other' })
    expect(await admit(childOf([SET]))).toBe('denied')
  })
})

describe('an API server that cannot tell of owners approves nothing, and blocks nothing', () => {
  const SIGNED = `${REPOSITORY}:1@${DIGEST}`
  const faults: [string, () => void][] = [
    ['is forbidden to us', () => (kube.fault = () => failure(403, 'Forbidden'))],
    ['fails', () => (kube.fault = () => failure(500, 'Trouble'))],
    ['is down', () => kube.stop()],
    ['is silent', () => (kube.fault = () => new Promise(() => {}))],
  ].map(([name, set]) => [String(name), set as () => void])

  test.each(faults)('when it %s', async (_, fail) => {
    await start()
    fail()
    const review = (image: string) => flow.review({ object: childOf([SET], image) }, '2s')
    const [unsigned, signed] = await Promise.all([review(UNSIGNED), review(SIGNED)])
    expect(unsigned.response).toMatchObject({ allowed: false, status: { code: 403 } })
    expect(signed.response.allowed).toBe(true)
  })
})

describe('children are verified', () => {
  test('without a cluster', async () => {
    flow = await startFlow()
    expect(await admit(childOf([SET]))).toBe('denied')
  })

  test('with automaticChildApproval off', async () => {
    await start({ features: 'features: { automaticChildApproval: false }\n' })
    expect(await admit(childOf([SET]))).toBe('denied')
    expect(kube.requests).toEqual([])
  })

  test('with podsOnly, where an owner comes in whatever it lists', async () => {
    await start({ features: 'features: { resourceValidationMode: podsOnly }\n' })
    expect(await admit(childOf([SET]))).toBe('denied')
  })

  test('with detection mode, where an owner comes in whatever it lists', async () => {
    await start({ features: 'features: { detectionMode: true }\n' })
    const { response } = await flow.review({ object: childOf([SET]) })
    expect(response.warnings?.join()).toContain('UNTRUSTED_')
  })

  test('where no rule is for their image', async () => {
    await start({ policy: 'policy: [{ pattern: "other.example/*:*" }]\n' })
    expect(await admit(childOf([SET]))).toBe('denied')
  })
})

test('a signed Deployment is verified once, and its digest goes down to its Pods', async () => {
  await start()
  const { object } = await flow.review({ object: deployment(`${REPOSITORY}:1`) })
  const asked = flow.notary.requests.length
  const pinned = `${REPOSITORY}:1@${DIGEST}`
  const parent = object as ReturnType<WorkloadBuilder>
  own('apps/v1', 'deployments/app', { ...parent, metadata: { ...parent.metadata, uid: 'd' } })
  const reference = { ...SET, kind: 'Deployment', name: 'app', uid: 'd' }
  const child = replicaSet(pinned, { ownerReferences: [reference] })
  expect(await admit(child)).toBe('admitted')
  expect(flow.notary.requests).toHaveLength(asked)
  expect(pinned).not.toContain(OTHER_DIGEST)
})
