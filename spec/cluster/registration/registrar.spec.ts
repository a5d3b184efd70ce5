import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { HASH_ANNOTATION } from '../../../src/cluster/registration/claim.ts'
import type { Reach } from '../../../src/cluster/registration/reachable.ts'
import { createCertificateAuthority } from '../../support/certificate.ts'
import { failure, type KubeServer } from '../../support/kube/server.ts'
import { type Fields, toFields } from '../../support/kube/store.ts'
import { clusterFailureOf, startServer } from '../fixture.ts'
import { putRole, Replica, WEBHOOK_PATH } from './fixture.ts'

const [A, B, C] = await Promise.all(
  ['a', 'b', 'c'].map(async (name) => (await createCertificateAuthority(name)).cert),
)
const CA = A ?? ''

let server: KubeServer
let clock: { ms: number }
beforeEach(() => {
  server = startServer()
  clock = { ms: Date.parse('2026-01-01T00:00:00Z') }
  putRole(server)
})
afterEach(() => server.stop())

const replica = (bundle = [CA], options = {}) => new Replica(server, clock, bundle, options)
const registered = () => server.store.get(WEBHOOK_PATH)
const hook = (): Fields => {
  const webhooks = registered()?.['webhooks']
  return toFields(Array.isArray(webhooks) ? webhooks[0] : undefined)
}
const bundle = () =>
  Buffer.from(String(toFields(hook()['clientConfig'])['caBundle']), 'base64').toString()
const writes = () => server.requests.filter(({ method }) => method !== 'GET').length

/** Changes what is registered, as somebody with kubectl does. */
function alter(change: Fields): void {
  server.store.put(WEBHOOK_PATH, { ...registered(), webhooks: [{ ...hook(), ...change }] })
}

describe('a webhook that is missing', () => {
  test('is registered for everything that can bring an image, without our own namespace', async () => {
    await replica().round()
    expect(hook()).toMatchObject({
      name: 'connaisseur-svc.connaisseur.svc',
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchPolicy: 'Equivalent',
      sideEffects: 'NoneOnDryRun',
      timeoutSeconds: 30,
      admissionReviewVersions: ['v1'],
      clientConfig: {
        service: { name: 'connaisseur-svc', namespace: 'connaisseur', port: 443, path: '/mutate' },
        caBundle: Buffer.from(CA).toString('base64'),
      },
      namespaceSelector: {
        matchExpressions: [
          {
            key: 'kubernetes.io/metadata.name',
            operator: 'NotIn',
            values: ['connaisseur', 'kube-system'],
          },
        ],
      },
    })
    const rules = hook()['rules']
    expect(rules).toHaveLength(3)
    expect(JSON.stringify(rules)).toContain('pods/ephemeralcontainers')
  })

  test('is sent without conditions where there are none: API servers of 1.26 know no such thing', async () => {
    await replica().round()
    expect(hook()).not.toHaveProperty('matchConditions')
  })

  test('is not registered before the API server can reach somebody', async () => {
    let reach: Reach = 'leading'
    const one = replica([CA], { reach: async () => reach })
    await one.round()
    expect(one.registrar.waiting).toBe('leading')
    expect(registered()).toBeUndefined()
    reach = 'reachable'
    await one.round()
    expect(one.registrar.waiting).toBeUndefined()
    expect(registered()).toBeDefined()
  })

  test('and was there is put back without asking that again', async () => {
    let reach: Reach = 'reachable'
    const one = replica([CA], { reach: async () => reach })
    await one.round()
    await one.round()
    reach = 'leading'
    server.store.remove(WEBHOOK_PATH)
    await one.round()
    expect(registered()).toBeDefined()
  })
})

describe('a webhook that is altered is put back', () => {
  test.each<[string, Fields]>([
    ['its failure policy', { failurePolicy: 'Ignore' }],
    ['its rules', { rules: [] }],
    ['its selector', { namespaceSelector: { matchLabels: { never: 'there' } } }],
    ['the objects that it is for', { objectSelector: { matchLabels: { never: 'there' } } }],
    ['a condition', { matchConditions: [{ name: 'never', expression: 'false' }] }],
    ['where it leads', { clientConfig: { url: 'https://evil.example', caBundle: '' } }],
    ['its timeout', { timeoutSeconds: 1 }],
  ])('%s', async (_, change) => {
    const one = replica()
    await one.round()
    const before = hook()
    alter(change)
    await one.round()
    expect(hook()).toEqual(before)
    expect(one.reports).toContain('webhook registration was changed: put back')
  })

  test('a second webhook in the object', async () => {
    const one = replica()
    await one.round()
    const before = registered()?.['webhooks']
    server.store.put(WEBHOOK_PATH, { ...registered(), webhooks: [{ name: 'evil' }, hook()] })
    await one.round()
    expect(registered()?.['webhooks']).toEqual(before)
  })

  test('what applying leaves to another manager is taken out by a replacement', async () => {
    const one = replica()
    await one.round()
    const wanted = hook()
    const evil = { ...wanted, matchConditions: [{ name: 'never', expression: 'false' }] }
    server.store.put(WEBHOOK_PATH, { ...registered(), webhooks: [evil] })
    server.fault = ({ method }) => {
      // A server that merges lists by name leaves what others have added.
      return method === 'PATCH' ? Response.json(registered()) : undefined
    }
    await one.round()
    expect(hook()).toEqual(wanted)
  })

  test('but nothing is written where all is as it should be, with defaults filled in', async () => {
    const one = replica()
    await one.round()
    alter({ matchConditions: undefined, objectSelector: {}, somethingNew: 'default' })
    const before = writes()
    await one.round()
    await replica().round()
    expect(writes()).toBe(before)
  })
})

describe('replicas of two versions', () => {
  const changed = (self: Replica) => {
    self.settings = {
      ...self.settings,
      webhook: { ...self.settings.webhook, timeoutSeconds: 15 },
    }
    return self
  }

  test('do not fight: the newer wish counts, and a rollback counts again', async () => {
    const old = replica()
    await old.round()
    clock.ms += 60_000
    const next = changed(replica())
    await next.round()
    expect(hook()).toMatchObject({ timeoutSeconds: 15 })
    const before = writes()
    for (let round = 0; round < 5; round++) {
      await old.round()
      await next.round()
    }
    expect(writes()).toBe(before)
    clock.ms += 60_000
    await replica().round()
    expect(hook()).toMatchObject({ timeoutSeconds: 30 })
    await next.round()
    expect(hook()).toMatchObject({ timeoutSeconds: 30 })
  })

  test('the wish of one who has gone is overcome', async () => {
    const old = replica()
    const next = changed(replica())
    await next.round()
    clock.ms += 1000
    await old.round()
    await next.round()
    expect(hook()).toMatchObject({ timeoutSeconds: 30 })
    clock.ms += 5 * 60_000
    await next.round()
    expect(hook()).toMatchObject({ timeoutSeconds: 15 })
  })

  test('with other authorities are trusted beside each other until the old ones have ended', async () => {
    await replica([B ?? '']).round()
    clock.ms += 1000
    const next = replica([CA])
    await next.round()
    expect(bundle()).toContain(CA)
    expect(bundle()).toContain(B ?? '')
    // Another of the new ones comes to the same.
    clock.ms += 1000
    const before = writes()
    const third = replica([CA])
    await third.round()
    expect(writes()).toBe(before)
    clock.ms += 15 * 60_000
    await next.round()
    await third.round()
    expect(bundle()).toBe(CA)
  })

  test('but an authority that somebody slips into what we registered does not stay', async () => {
    const one = replica()
    await one.round()
    const { service } = toFields(hook()['clientConfig'])
    alter({ clientConfig: { service, caBundle: Buffer.from(CA + C).toString('base64') } })
    await one.round()
    expect(bundle()).toBe(CA)
  })
})

describe('what was observed', () => {
  test('says for how long an authority has been trusted without a break', async () => {
    const one = replica([CA, B ?? ''])
    await one.round()
    clock.ms += 5000
    await one.registrar.observe()
    expect(one.registrar.observed.heldForMs(CA + B)).toBe(5000)
    expect(one.registrar.observed.heldForMs(C ?? '')).toBeUndefined()
    const { service } = toFields(hook()['clientConfig'])
    alter({ clientConfig: { service, caBundle: Buffer.from(CA).toString('base64') } })
    await one.registrar.observe()
    expect(one.registrar.observed.heldForMs(B ?? '')).toBeUndefined()
    await one.registrar.settle()
    clock.ms += 1000
    expect(one.registrar.observed.heldForMs(CA + B)).toBe(1000)
  })
})

describe('a registration that is taken away', () => {
  test('is gone', async () => {
    const one = replica([CA], { owner: undefined })
    await one.round()
    await one.registrar.remove()
    expect(registered()).toBeUndefined()
  })

  test('stays where it is somebody else’s by now', async () => {
    const one = replica()
    await one.round()
    clock.ms += 1000
    await replica([B ?? '']).round()
    await one.registrar.remove()
    expect(registered()?.metadata['annotations']).toHaveProperty([HASH_ANNOTATION])
  })
})

test('a registration that the API server refuses leaves what is there', async () => {
  server.fault = ({ method }) => (method === 'PATCH' ? failure(422, 'Invalid') : undefined)
  expect(await clusterFailureOf(replica().round())).toContain('INVALID')
})
