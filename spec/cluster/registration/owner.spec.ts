import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createCertificateAuthority } from '../../support/certificate.ts'
import type { KubeServer } from '../../support/kube/server.ts'
import { clusterFailureOf, startServer } from '../fixture.ts'
import { putRole, Replica, ROLE_PATH, WEBHOOK_PATH } from './fixture.ts'

const { cert: CA } = await createCertificateAuthority('ours')

let server: KubeServer
let uid: string
beforeEach(() => {
  server = startServer()
  uid = putRole(server)
})
afterEach(() => server.stop())

const replica = () => new Replica(server, { ms: Date.parse('2026-01-01T00:00:00Z') }, [CA])
const registered = () => server.store.get(WEBHOOK_PATH)
const owners = () => registered()?.metadata['ownerReferences']
const role = (name: string, of: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  name,
  uid: of,
})

/** Says who owns the registration, as somebody with kubectl does. */
function disown(ownerReferences: readonly object[] = []): void {
  const metadata = { ...registered()?.metadata, ownerReferences }
  server.store.put(WEBHOOK_PATH, { ...registered(), metadata })
}

describe('a registration', () => {
  test('is owned by the ClusterRole of the release, so that it goes with it', async () => {
    await replica().round()
    expect(owners()).toEqual([role('connaisseur', uid)])
  })

  test('is not made where its owner is gone: it would block the cluster for ever', async () => {
    server.store.remove(ROLE_PATH)
    expect(await clusterFailureOf(replica().round())).toContain('NOT_FOUND')
    expect(registered()).toBeUndefined()
  })

  test('without its owner is given it back, even if that is all that is missing', async () => {
    const one = replica()
    await one.round()
    disown()
    await one.round()
    expect(owners()).toEqual([role('connaisseur', uid)])
  })

  test('without its owner is given it back by a replica that has written nothing before', async () => {
    await replica().round()
    disown()
    await replica().round()
    expect(owners()).toEqual([role('connaisseur', uid)])
  })

  test('has no second owner, with which it would stay after an uninstall', async () => {
    const one = replica()
    await one.round()
    disown([role('connaisseur', uid), role('view', 'another')])
    await one.round()
    expect(owners()).toEqual([role('connaisseur', uid)])
  })
})
