import { afterEach, beforeEach, expect, test } from 'bun:test'
import { CertificateKeeper } from '../../../src/cluster/certificates/keeper.ts'
import type { TrustedBundle } from '../../../src/cluster/certificates/source.ts'
import { KubeClient } from '../../../src/cluster/client.ts'
import type { KubeServer } from '../../support/kube/server.ts'
import { connectTo, startServer } from '../fixture.ts'

const PATH = '/api/v1/namespaces/ours/secrets/ours-tls'

let server: KubeServer
let steps: unknown[]
/** What the webhook's bundle has held for long. */
let trusted: readonly string[]
beforeEach(() => {
  server = startServer()
  steps = []
  trusted = []
})
afterEach(() => server.stop())

const webhook: TrustedBundle = {
  isAbsent: false,
  heldForMs: (cert) => (trusted.includes(cert) ? 60_000 : undefined),
}

function createKeeper() {
  return new CertificateKeeper({
    api: new KubeClient({ connection: connectTo(server), report: () => {} }),
    secret: { namespace: 'ours', name: 'ours-tls' },
    names: ['svc.ours.svc'],
    report: (_, { step }) => void steps.push(step),
  })
}

test('a Secret that a new replica made anew also holds the authority that others serve under', async () => {
  const [one, other, late] = [createKeeper(), createKeeper(), createKeeper()]
  await one.round(webhook)
  await other.round(webhook)
  const { serving, bundle } = one
  server.store.remove(PATH)
  await late.round(webhook)
  await Promise.all([one.round(webhook), other.round(webhook)])
  await late.round(webhook)
  for (const keeper of [one, other, late]) {
    expect(keeper.bundle).toEqual([...late.bundle.slice(0, 1), ...bundle])
  }
  expect([one.serving, other.serving]).toEqual([serving, serving])
  expect(steps).toEqual(['restore', 'restore', 'remember'])
  trusted = late.bundle
  await one.round(webhook)
  expect(one.serving).toEqual(late.serving)
})
