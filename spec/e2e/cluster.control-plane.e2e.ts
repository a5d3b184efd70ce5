import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Cluster, findCluster } from './cluster/cluster.ts'

setDefaultTimeout(180_000)

let cluster: Cluster

beforeAll(async () => {
  cluster = await findCluster()
})

describe('the cluster of these specs works as clusters do', () => {
  test('a Deployment gets its ReplicaSet, and its Pods become ready', async () => {
    const { kubectl } = cluster
    await kubectl.run('create namespace plain')
    await kubectl.run('--namespace=plain create deployment web --image=registry.example/web:1')
    await kubectl.run('--namespace=plain rollout status deployment/web --timeout=120s')
    const { items } = await kubectl.get<{ items: { spec: { nodeName: string } }[] }>(
      'pods --namespace=plain',
    )
    expect(items.map(({ spec }) => spec.nodeName.replace(/\d$/, ''))).toEqual(['played-'])
    await kubectl.run('delete namespace plain --timeout=120s')
  })
})
